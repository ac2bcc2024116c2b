import { describe, expect, it } from "vitest";

import { movedChildren, patched } from "./patch";
import type { ViewNode } from "./types";

const node: ViewNode = {
  id: 1,
  parent: 0,
  kind: "question",
  reference: "/data/a",
  name: "a",
  children: [],
  label: "old",
  guidance: "gone",
  hint: "",
  appearance: [],
  relevant: true,
  question: {
    control: "select_one",
    data_type: "string",
    value: "",
    display: "",
    readonly: false,
    required: true,
    violation: null,
    choices: [],
    n_choices: 0,
    media_type: "",
    max_pixels: 0,
    accuracy_m: [0, 0],
  },
};

describe("a patch", () => {
  it("leaves what it does not name", () => {
    const next = patched(node, { id: 1, relevant: false });
    expect(next).toEqual({ ...node, relevant: false });
    expect(next.question).toBe(node.question);
    expect(node.relevant).toBe(true);
  });

  it("replaces texts whole, those left out included", () => {
    const next = patched(node, { id: 1, texts: { label: "new", hint: "h" } });
    expect([next.label, next.hint, next.guidance]).toEqual(["new", "h", undefined]);
  });

  it("changes answers and choices of a question", () => {
    const answer = { value: "x", display: "X", readonly: false, required: true, violation: null };
    const next = patched(node, { id: 1, answer, choices: [{ value: "x", label: "X" }], n_choices: 1 });
    expect(next.question).toEqual({ ...node.question, ...answer, choices: [{ value: "x", label: "X" }], n_choices: 1 });
  });

  it("puts instances in and takes them out where they stand", () => {
    expect(movedChildren([1, 2], { repeat: 9, at: 1, added: 3 })).toEqual([1, 3, 2]);
    expect(movedChildren([1, 3, 2], { repeat: 9, at: 0, added: null })).toEqual([3, 2]);
  });
});
