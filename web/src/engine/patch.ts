/** How a patch of the engine changes the nodes that an interface was given. */
import type { InstanceChange, NodeId, NodePatch, ViewNode, ViewPatch } from "./types";

/** Takes over what changed. `added` are the new instances with all below them, fetched as pages are. */
export function takeOver(nodes: Map<NodeId, ViewNode>, patch: ViewPatch, added: readonly ViewNode[]): void {
  for (const change of patch.changed) {
    const node = nodes.get(change.id);
    if (node) nodes.set(change.id, patched(node, change));
  }
  for (const change of patch.instances) {
    const node = nodes.get(change.repeat);
    if (node) nodes.set(node.id, { ...node, children: movedChildren(node.children, change) });
  }
  for (const node of added) nodes.set(node.id, node);
  for (const id of patch.removed) nodes.delete(id);
}

/** Returns a node with what changed of it. */
export function patched(node: ViewNode, patch: NodePatch): ViewNode {
  // A plain copy is what browsers do fastest, and most answers change nothing else.
  const next: ViewNode = patch.texts ? { ...node, ...patch.texts } : { ...node };
  if (patch.texts) for (const part of ["short", "media", "guidance"] as const) if (!(part in patch.texts)) delete next[part];
  if (patch.relevant !== undefined) next.relevant = patch.relevant;
  if (patch.repeat) next.repeat = patch.repeat;
  if (node.question && (patch.answer ?? patch.choices)) {
    const question = { ...node.question };
    if (patch.answer) {
      const { value, display, readonly, required, violation } = patch.answer;
      question.value = value;
      question.display = display;
      question.readonly = readonly;
      question.required = required;
      question.violation = violation;
    }
    if (patch.choices) question.choices = patch.choices;
    if (patch.n_choices !== undefined) question.n_choices = patch.n_choices;
    next.question = question;
  }
  return next;
}

/** Returns the children of a repeat after an instance came or went. Arrays joined are copied once, without room for more. */
export function movedChildren(children: readonly NodeId[], { at, added }: InstanceChange): NodeId[] {
  if (added !== null) {
    return at === children.length ? children.concat([added]) : children.slice(0, at).concat([added], children.slice(at));
  }
  const moved = children.slice();
  moved.splice(at, 1);
  return moved;
}
