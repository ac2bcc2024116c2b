import { describe, expect, it } from "vitest";

import type { Change } from "./protocol";
import type { Question, ViewNode, ViewPatch } from "./types";
import { applyChange, draw, pageOf, placeOf, questionsUnder, viewState } from "./view-state";

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

const page = (id: number) => ({ id, reference: `/n${id}` });

function opened() {
  const facts = { draft: "", requests: [], asksForLocation: false, readsLastSaved: false };
  const state = viewState({ title: "t", languages: [], language: "", pages: [page(1), page(4)], ...facts });
  draw(state, [node(0, null, "root", [1, 4]), node(1, 0, "group", [2, 3]), node(2, 1, "question"), node(3, 1, "question"), node(4, 0, "question")]);
  return state;
}

function change(patch: Partial<ViewPatch>, more: Partial<Change> = {}): Change {
  return { patch: { pages: false, changed: [], instances: [], added: [], removed: [], ...patch }, added: [], pages: null, ...more };
}

describe("a view", () => {
  it("changes only where the patch says", () => {
    const state = opened();
    const untouched = state.nodes.get(3);
    applyChange(state, change({ changed: [{ id: 2, texts: { label: "new", hint: "" } }] }));
    expect(state.nodes.get(2)?.label).toBe("new");
    expect(state.nodes.get(3)).toBe(untouched);
    expect(state.pages).toEqual([page(1), page(4)]);
  });

  it("gains and loses instances and pages", () => {
    const state = opened();
    const added = [node(5, 1, "instance", [6]), node(6, 5, "question")];
    applyChange(state, change({ instances: [{ repeat: 1, at: 1, added: 5 }], added: [5], removed: [3] }, { added, pages: [page(1), page(9)] }));
    expect([...state.nodes.keys()]).toEqual([0, 1, 2, 4, 5, 6]);
    expect(state.nodes.get(1)?.children).toEqual([2, 5, 3]);
    expect(state.pages).toEqual([page(1), page(9)]);
  });

  it("says what stands where a page was that is gone", () => {
    const state = opened();
    expect(placeOf(state, "/n4")).toBe(1);
    applyChange(state, change({}, { pages: [page(1), page(9), page(12)] }));
    expect([placeOf(state, "/n4"), placeOf(state, "/n9"), placeOf(state, "/nowhere")]).toEqual([1, 1, 0]);
    applyChange(state, change({}, { pages: [page(1), page(2)] }));
    expect(placeOf(state, "/n12")).toBe(1);
  });

  it("lists the questions of a page in document order, hidden ones left out", () => {
    const state = opened();
    expect(questionsUnder(state, 1).map((it) => it.id)).toEqual([2, 3]);
    applyChange(state, change({ changed: [{ id: 2, relevant: false }] }));
    expect(questionsUnder(state, 0).map((it) => it.id)).toEqual([3, 4]);
  });

  it("knows the page of a question", () => {
    const state = opened();
    expect(pageOf(state, 3)).toEqual(page(1));
    expect(pageOf(state, 4)).toEqual(page(4));
  });
});
