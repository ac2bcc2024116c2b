import { describe, expect, it } from "vitest";

import type { Question, View, ViewNode } from "./types";
import { applyDiff, nodeAt, pageOf, questionsUnder, viewState } from "./view-state";

const asked: Question = {
  control: "input",
  data_type: "string",
  value: "",
  display: "",
  readonly: false,
  required: false,
  violation: null,
  choices: [],
  n_choices: 0,
  media_type: "",
  max_pixels: 0,
  accuracy_m: [0, 0],
};

function node(id: number, parent: number | null, kind: ViewNode["kind"], children: number[] = [], more: Partial<ViewNode> = {}): ViewNode {
  const question = kind === "question" ? asked : undefined;
  return { id, parent, kind, reference: `/n${id}`, name: `n${id}`, children, label: "", hint: "", appearance: [], relevant: true, question, ...more };
}

function opened() {
  const nodes = [node(0, null, "root", [1, 4]), node(1, 0, "group", [2, 3]), node(2, 1, "question"), node(3, 1, "question"), node(4, 0, "question")];
  const view: View = { title: "t", form_id: "f", version: "1", languages: [], language: "", pages: [1, 4], root: 0, nodes };
  return viewState(view);
}

describe("a view", () => {
  it("changes only where the diff says", () => {
    const state = opened();
    const untouched = state.nodes.get(3);
    applyDiff(state, { pages: null, changed: [node(2, 1, "question", [], { label: "new" })], removed: [] });
    expect(state.nodes.get(2)?.label).toBe("new");
    expect(state.nodes.get(3)).toBe(untouched);
    expect(state.pages).toEqual([1, 4]);
  });

  it("gains and loses nodes and pages", () => {
    const state = opened();
    applyDiff(state, { pages: [1, 5], changed: [node(0, null, "root", [1, 5]), node(5, 0, "question")], removed: [4] });
    expect([...state.nodes.keys()]).toEqual([0, 1, 2, 3, 5]);
    expect(state.pages).toEqual([1, 5]);
  });

  it("lists the questions of a page in document order, hidden ones left out", () => {
    const state = opened();
    expect(questionsUnder(state, 1).map((it) => it.id)).toEqual([2, 3]);
    applyDiff(state, { pages: null, changed: [node(2, 1, "question", [], { relevant: false })], removed: [] });
    expect(questionsUnder(state, 0).map((it) => it.id)).toEqual([3, 4]);
  });

  it("knows the page of a question, and a question by its path", () => {
    const state = opened();
    expect(pageOf(state, 3)).toBe(1);
    expect(pageOf(state, 4)).toBe(4);
    expect(nodeAt(state, "/n3")?.id).toBe(3);
    expect(nodeAt(state, "/gone")).toBeUndefined();
  });
});
