import { describe, expect, it } from "vitest";
import type { ComparedLine, Comparison, Difference } from "@/engine/workbook-types";
import { counted, lossesOf } from "./losses";

const line = (reference: string, kind: string): ComparedLine => ({ reference, name: reference.split("/").pop() ?? "", kind, label: {} });
const part = (aspect: string, choice: string): Difference => ({ aspect, language: "", choice, before: "", after: "" });

const comparison: Comparison = {
  before_version: "1",
  after_version: "2",
  title: null,
  languages_added: [],
  languages_removed: [],
  added: [line("/data/new", "text")],
  removed: [line("/data/old", "text"), line("/data/group", "group"), line("/data/sum", "calculate")],
  changed: [
    { ...line("/data/home", "select_one"), parts: [part("choice_removed", "no"), part("choice_added", "away"), part("label", "")] },
    { ...line("/data/who", "text"), parts: [part("label", "")] },
  ],
};

describe("what a new version takes away", () => {
  it("is questions that people answer, and choices that are gone", () => {
    expect(lossesOf(comparison)).toEqual({
      questions: ["/data/old"],
      choices: [{ reference: "/data/home", values: ["no"] }],
    });
  });

  it("is told only where something stored has it", () => {
    const counts = [
      { reference: "/data/old", n_submissions: 3 },
      { reference: "/data/unused", n_submissions: 0 },
    ];
    expect(counted(counts).map((it) => [it.reference, it.n])).toEqual([["/data/old", 3]]);
  });
});
