/** The volunteer's side of the server's API. */
import { call, getJson, getText } from "./client";
import type { Localized } from "./types";

/** A value and the path of the question it stands in, e.g. `["/data/pick/task_id", "t1"]`. */
export type Prefill = [path: string, value: string];

/** Something to do at a door. */
export interface Task {
  id: string;
  type: string;
  type_label: Localized;
  form_id: string;
  state: "open" | "claimed" | "started" | "returned";
  /** Resident or household the task is about; may be empty. */
  subject: string;
  label: string;
  address: string;
  grid: string;
  grid_label: string;
  building: string;
  /** Civil day, `YYYY-MM-DD`. */
  due: string;
  overdue: boolean;
  visit_no: number;
  /** Pinyin initials, full pinyin, name and building, lower case. */
  search: string;
  id_masked: string;
  phone: string;
  note: string;
  age: number | null;
  prefill: Prefill[];
  returned: Returned | null;
  updated_at: number;
}

/** Why a supervisor gave a visit back, and what was answered then. */
export interface Returned {
  reason: string;
  by_name: string;
  at: number;
  submission_id: string;
  answers: Prefill[];
}

/** A form that the account may fill in. */
export interface FormInfo {
  form_id: string;
  version: string;
  title: Localized | string;
  xform_sha256: string;
  /** External lists: instance id and file name. */
  lists: [instanceId: string, fileName: string][];
  task_types: string[];
}

/** A list as it came, or `null` where it has not changed since `etag`. */
export type FetchedList = { csv: string; etag: string } | null;

interface TaskPage {
  items: Task[];
  next_cursor: string | null;
  revision: number | string;
}

/** Returns all open tasks of the account, page after page. */
export async function fetchTasks(): Promise<Task[]> {
  const tasks: Task[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = new URLSearchParams({ limit: "200", ...(cursor ? { cursor } : {}) });
    const page: TaskPage = await getJson<TaskPage>(`/tasks?${query}`);
    tasks.push(...page.items);
    cursor = page.next_cursor || null;
  }
  return tasks;
}

/** Returns the forms the account may fill in. */
export function fetchForms(): Promise<FormInfo[]> {
  return getJson<FormInfo[]>("/forms");
}

/** Returns the text of a form. */
export function fetchXform(form: FormInfo): Promise<string> {
  return getText(`/forms/${encodeURIComponent(form.form_id)}/${encodeURIComponent(form.version)}/xform`);
}

/** Returns the rows of a list that this account may see, unless they are those of `etag`. */
export async function fetchList(instanceId: string, etag: string): Promise<FetchedList> {
  const headers = etag ? { "if-none-match": etag } : undefined;
  const response = await call(`/lists/${encodeURIComponent(instanceId)}.csv`, { headers });
  if (response.status === 304) return null;
  return { csv: await response.text(), etag: response.headers.get("etag") ?? "" };
}
