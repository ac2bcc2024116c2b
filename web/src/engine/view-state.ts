/** A form as the page keeps it, page by page, and how changes come in. */
import { shallowReactive } from "vue";

import { takeOver } from "./patch";
import type { Change, Opened } from "./protocol";
import type { NodeId, Page, ViewNode } from "./types";

/** A form on the screen. Nodes are replaced whole, so a question is drawn again only when it changed. */
export interface ViewState {
  readonly title: string;
  readonly languages: readonly string[];
  language: string;
  pages: readonly Page[];
  /** Of the pages fetched so far. */
  readonly nodes: Map<NodeId, ViewNode>;
  /** By path: every page there has been. Their ids ascend as they stand in the form. */
  readonly known: Map<string, NodeId>;
}

/** Returns the state of a form that was just opened: no page is fetched yet. */
export function viewState({ title, languages, language, pages }: Opened): ViewState {
  const state = shallowReactive({ title, languages, language, pages, nodes: shallowReactive(new Map()), known: new Map() });
  know(state);
  return state;
}

/** Takes over nodes that were fetched. */
export function draw(state: ViewState, nodes: readonly ViewNode[]): void {
  for (const node of nodes) state.nodes.set(node.id, node);
}

/** Takes over what one call changed. */
export function applyChange(state: ViewState, { patch, added, pages }: Change): void {
  takeOver(state.nodes, patch, added);
  if (!pages) return;
  state.pages = pages;
  know(state);
}

function know({ known, pages }: ViewState): void {
  for (const { id, reference } of pages) known.set(reference, id);
}

/** Returns where a page stands among the pages; of one that is no page any more the first after it, else the last. */
export function placeOf({ pages, known }: ViewState, reference: string): number {
  const at = pages.findIndex((it) => it.reference === reference);
  if (at >= 0) return at;
  const gone = known.get(reference) ?? -1;
  const after = pages.findIndex(({ id }) => id > gone);
  return after < 0 ? Math.max(0, pages.length - 1) : after;
}

/** Returns the questions under a node that are to be shown, in document order; the node itself where it is one. */
export function questionsUnder(state: ViewState, id: NodeId): ViewNode[] {
  const found: ViewNode[] = [];
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = state.nodes.get(next);
    if (!node?.relevant) continue;
    if (node.question) found.push(node);
    waiting.push(...[...node.children].reverse());
  }
  return found;
}

/** Returns whether a node and all around it are relevant: whatever else has an answer keeps it, and does not send it. */
export function isRelevant(state: ViewState, id: NodeId): boolean {
  for (let at: NodeId | null | undefined = id; at != null; at = state.nodes.get(at)?.parent) {
    if (state.nodes.get(at)?.relevant === false) return false;
  }
  return true;
}

/** Returns the page that shows a node, or the first page; what is around the node must have been fetched. */
export function pageOf(state: ViewState, id: NodeId): Page | undefined {
  for (let at: NodeId | null | undefined = id; at != null; at = state.nodes.get(at)?.parent) {
    const page = state.pages.find((it) => it.id === at);
    if (page) return page;
  }
  return state.pages[0];
}
