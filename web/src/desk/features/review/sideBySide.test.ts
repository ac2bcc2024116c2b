import { describe, expect, it } from "vitest";

import type { Answer } from "@/api/deskTypes";
import { sideBySide } from "./sideBySide";

function answer(name: string, value: string, control = "input"): Answer {
  return { reference: `/data/${name}`, name, label: `${name}?`, group: "", value, display: "", control, appearance: [] };
}

const told = (here: readonly Answer[], there: readonly Answer[]) =>
  sideBySide(here, there).map((it) => [it.label, it.here, it.there, it.differs]);

describe("two visits beside each other", () => {
  it("tell what differs, in the order of this visit", () => {
    const here = [answer("meet", "met"), answer("phone", "1"), answer("note", "same")];
    const there = [answer("meet", "absent"), answer("phone", "1"), answer("note", "same")];
    expect(told(here, there)).toEqual([
      ["meet?", "met", "absent", true],
      ["phone?", "1", "1", false],
      ["note?", "same", "same", false],
    ]);
  });

  it("put what only the other answered after the question that it followed", () => {
    const here = [answer("meet", "met"), answer("end", "x")];
    const there = [answer("first", "1"), answer("meet", "met"), answer("a", "2"), answer("b", "3")];
    expect(sideBySide(here, there).map((it) => it.reference)).toEqual(
      ["/data/first", "/data/meet", "/data/a", "/data/b", "/data/end"],
    );
  });

  it("leave calculations and files out", () => {
    expect(told([answer("sum", "1", "calculate"), answer("face", "a.jpg", "upload")], [])).toEqual([]);
  });
});
