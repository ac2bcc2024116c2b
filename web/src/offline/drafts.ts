/** Beginning a visit: a draft on the phone before the first question is shown. */
import type { Task } from "@/api/phone";
import { onPhone } from "./account";
import { board, refreshBoard } from "./board";
import { randomId } from "./ids";
import { beginDraft, type Draft } from "./store";

/** What a visit is begun with. */
interface Beginning {
  taskId: string | null;
  formId: string;
  formTitle: string;
  label: string;
  subject: string;
}

/** Returns the draft of a task: the one already begun, or a new one; `null` where the phone has no form for it. */
export async function draftForTask(task: Task, formTitle: string): Promise<Draft | null> {
  const begun = board.value.drafts.find((draft) => draft.task_id === task.id);
  return begun ?? begin({ taskId: task.id, formId: task.form_id, formTitle, label: task.label, subject: task.subject });
}

/** Returns a new draft of a form that belongs to no task; `null` where the phone has the form no more. */
export function draftForForm(formId: string, formTitle: string): Promise<Draft | null> {
  return begin({ taskId: null, formId, formTitle, label: "", subject: "" });
}

/** Begins under the version that is current at that moment; the engine's text is still empty. */
async function begin(what: Beginning): Promise<Draft | null> {
  const store = onPhone.value?.store;
  const form = board.value.forms.find((it) => it.form_id === what.formId && it.is_current);
  if (!store || !form) return null;
  const now = Date.now();
  const draft: Draft = {
    id: randomId(),
    task_id: what.taskId,
    form_key: form.key,
    label: what.label,
    subject: what.subject,
    form_title: what.formTitle,
    engine: "",
    page: "",
    photographing: null,
    started_at: now,
    saved_at: now,
  };
  const isBegun = await beginDraft(store, draft);
  await refreshBoard();
  // Another version arrived since the board was read.
  return isBegun ? draft : begin(what);
}
