import { describe, expect, it } from "vitest";

import type { ViewNode } from "@/engine/types";
import { viewState } from "@/engine/view-state";
import { VisitPhotos, type Surroundings } from "./photos";
import type { VisitSession } from "./session";

const NOTE = { kind: "photo", taken_at_ms: 0, width: 1, height: 1, likeness: "00000000000000ff", findings: ["photo.too_dark"], reason: "" };

function node(id: number, parent: number | null, more: Partial<ViewNode>): ViewNode {
  return { id, parent, children: [], kind: "group", name: `n${id}`, label: "", hint: "", appearance: [], relevant: true, ...more } as ViewNode;
}

/** A visit with a page and, within it, the dark photo `a.jpg`. */
function visit(page: Partial<ViewNode>, photo: Partial<ViewNode>): VisitSession {
  const view = viewState({ pages: [], languages: [], language: "", title: "" } as never);
  const question = { control: "upload", media_type: "image/*", value: "a.jpg" } as ViewNode["question"];
  view.nodes.set(1, node(1, null, { children: [2], ...page }));
  view.nodes.set(2, node(2, 1, { kind: "question", question, ...photo } as Partial<ViewNode>));
  return { view, file: async () => ({ note: NOTE }) } as unknown as VisitSession;
}

describe("a photo with which something is wrong", () => {
  it.each<[string, Partial<ViewNode>, Partial<ViewNode>, number[]]>([
    ["needs a word where it is asked for", {}, {}, [2]],
    ["holds nothing up where its question is hidden", {}, { relevant: false }, []],
    ["holds nothing up where its page is hidden", { relevant: false }, {}, []],
  ])("%s", async (_, page, photo, expected) => {
    const photos = new VisitPhotos(visit(page, photo), {} as Surroundings);
    await photos.recall();
    expect(photos.unexplained().map((it) => it.node)).toEqual(expected);
  });
});
