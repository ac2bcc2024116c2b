/** The volunteer's side of the server's API. */
import { call, getJson, getText, sendJson } from "./client";
import type { Schemas } from "./types";

/** A value and the path of the question it stands in, e.g. `["/data/pick/task_id", "t1"]`. */
export type Prefill = Task["prefill"][number];

/** Something to do at a door. */
export type Task = Schemas["TaskBody"];

/** Why a supervisor gave a visit back, and what was answered then. */
export type Returned = Schemas["ReturnedBody"];

/** A form that the account may fill in. */
export type FormInfo = Schemas["FormBody"];

/** A list as it came, or `null` where it has not changed since `etag`. */
export type FetchedList = { csv: string; etag: string } | null;

/** A key of this phone with the proof that it holds the private half. */
export type Enrolment = Schemas["EnrolRequest"];

type TaskPage = Schemas["TasksBody"];

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

/** Makes a key of this phone known; the same again changes nothing. */
export function enrolDevice(enrolment: Enrolment): Promise<Schemas["EnrolledBody"]> {
  return sendJson("POST", "/devices", enrolment);
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
