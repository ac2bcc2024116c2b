/** What the phone holds, as the screens see it: tasks, forms, drafts and outgoing visits, read anew after each change. */
import { shallowRef } from "vue";

import type { Task } from "@/api/phone";
import { onPhone } from "./account";
import { inOrder } from "./queue";
import type { Draft, Outgoing, StoredForm } from "./store";

/** Everything that lists show. Forms come without their text. */
export interface Board {
  tasks: Task[];
  forms: Omit<StoredForm, "xform">[];
  drafts: Draft[];
  outbox: Outgoing[];
  /** How many records lie on the phone that can't be read any more. */
  nDamaged: number;
}

const EMPTY: Board = { tasks: [], forms: [], drafts: [], outbox: [], nDamaged: 0 };

/** The open account's board. */
export const board = shallowRef<Board>(EMPTY);

/** Reads the board anew. */
export async function refreshBoard(): Promise<void> {
  const store = onPhone.value?.store;
  if (!store) {
    board.value = EMPTY;
    return;
  }
  const [tasks, forms, drafts, outbox] = await Promise.all([
    store.getAll("tasks"),
    store.getAll("forms"),
    store.getAll("drafts"),
    store.getAll("outbox"),
  ]);
  if (onPhone.value?.store !== store) return;
  board.value = {
    tasks,
    forms: forms.map(({ xform: _, ...form }) => form),
    drafts: drafts.sort((a, b) => b.saved_at - a.saved_at),
    outbox: outbox.sort((a, b) => inOrder(b, a)),
    nDamaged: store.damaged.size,
  };
}
