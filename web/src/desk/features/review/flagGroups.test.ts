import { expect, it } from "vitest";
import type { Flag } from "@/api/deskTypes";
import { groupFlags } from "./flagGroups";

it("tells the same once, errors first", () => {
  const flag = (code: string, reference: string, severity: Flag["severity"], text = ""): Flag => ({
    code,
    reference,
    question: reference.slice(1),
    text: { en: text },
    severity,
  });
  const groups = groupFlags(
    [
      flag("task.unknown", "", "warning"),
      flag("answer.required", "/a", "error"),
      flag("answer.constraint", "/b", "error", "own words"),
      flag("answer.required", "/c", "error"),
    ],
    (it) => it.text["en"] || it.code,
  );
  expect(groups.map((it) => [it.code, it.text, it.places.map((place) => place.question).join("+")])).toEqual([
    ["answer.required", "answer.required", "a+c"],
    ["answer.constraint", "own words", "b"],
    ["task.unknown", "task.unknown", ""],
  ]);
});
