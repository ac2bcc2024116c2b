/** The view as the page keeps it, and how a diff changes it. */
import { markRaw, shallowReactive } from "vue";

import type { NodeId, View, ViewDiff, ViewNode } from "./types";

/** A view on the screen. Nodes are replaced whole, so a question is drawn again only when it changed. */
export interface ViewState {
  title: string;
  languages: string[];
  language: string;
  root: NodeId;
  pages: NodeId[];
  nodes: Map<NodeId, ViewNode>;
}

/** Returns the state of a view that was just opened. */
export function viewState(view: View): ViewState {
  return shallowReactive({
    title: view.title,
    languages: view.languages,
    language: view.language,
    root: view.root,
    pages: view.pages,
    nodes: shallowReactive(new Map(view.nodes.map((node) => [node.id, markRaw(node)]))),
  });
}

/** Applies what one call changed. */
export function applyDiff(state: ViewState, diff: ViewDiff): void {
  for (const id of diff.removed) state.nodes.delete(id);
  for (const node of diff.changed) state.nodes.set(node.id, markRaw(node));
  if (diff.pages) state.pages = diff.pages;
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

/** Returns the page that shows a node, or the first page. */
export function pageOf(state: ViewState, id: NodeId): NodeId | undefined {
  for (let at: NodeId | null | undefined = id; at != null; at = state.nodes.get(at)?.parent) {
    if (state.pages.includes(at)) return at;
  }
  return state.pages[0];
}

/** Returns the node at a path; the way to find a question again in a session taken up anew. */
export function nodeAt(state: ViewState, reference: string): ViewNode | undefined {
  for (const node of state.nodes.values()) if (node.reference === reference) return node;
  return undefined;
}
