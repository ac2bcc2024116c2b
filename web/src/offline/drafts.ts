/** Beginning a visit: a draft on the phone before the first question is shown. */
import type { Task } from "@/api/phone";
import { onPhone } from "./account";
import { refreshBoard, type Board } from "./board";
import { randomId } from "./ids";
import type { Draft } from "./store";

/** Returns the draft of a task: the one already begun, or a new one. The engine's text is still empty in a new one. */
export async function draftForTask(task: Task, formTitle: string, board: Board): Promise<Draft | null> {
  const begun = board.drafts.find((draft) => draft.task_id === task.id);
  if (begun) return begun;
  const form = board.forms.find((it) => it.form_id === task.form_id && it.is_current);
  return form ? begin({ taskId: task.id, formKey: form.key, formTitle, label: task.label, subject: task.subject }) : null;
}

/** Returns a new draft of a form that belongs to no task. */
export function draftForForm(formKey: string, formTitle: string): Promise<Draft> {
  return begin({ taskId: null, formKey, formTitle, label: "", subject: "" });
}

async function begin(what: { taskId: string | null; formKey: string; formTitle: string; label: string; subject: string }): Promise<Draft> {
  const now = Date.now();
  const draft: Draft = {
    id: randomId(),
    task_id: what.taskId,
    form_key: what.formKey,
    label: what.label,
    subject: what.subject,
    form_title: what.formTitle,
    engine: "",
    page: "",
    photographing: null,
    started_at: now,
    saved_at: now,
  };
  await onPhone.value?.store.put("drafts", draft);
  await refreshBoard();
  return draft;
}
