/** How a patch of the engine changes the nodes that an interface was given. */
import type { InstanceChange, NodeId, NodePatch, ViewNode } from "./types";

/** Returns a node with what changed of it. */
export function patched(node: ViewNode, patch: NodePatch): ViewNode {
  const next: ViewNode = { ...node, ...patch.texts };
  if (patch.texts) for (const part of ["short", "media", "guidance"] as const) if (!(part in patch.texts)) delete next[part];
  if (patch.relevant !== undefined) next.relevant = patch.relevant;
  if (patch.repeat) next.repeat = patch.repeat;
  if (node.question && (patch.answer ?? patch.choices)) {
    next.question = { ...node.question, ...patch.answer };
    if (patch.choices) next.question.choices = patch.choices;
    if (patch.n_choices !== undefined) next.question.n_choices = patch.n_choices;
  }
  return next;
}

/** Returns the children of a repeat after an instance came or went. */
export function movedChildren(children: readonly NodeId[], { at, added }: InstanceChange): NodeId[] {
  return added === null ? [...children.slice(0, at), ...children.slice(at + 1)] : [...children.slice(0, at), added, ...children.slice(at)];
}
