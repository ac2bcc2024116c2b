/** Fetches everything a day at the doors needs, so that afterwards no signal is needed: tasks, forms and their lists. */
import { shallowRef } from "vue";

import { ApiError } from "@/api/client";
import { fetchForms, fetchList, fetchTasks, fetchXform, type FormInfo } from "@/api/phone";
import { onPhone, standing } from "./account";
import { refreshBoard } from "./board";
import { roomLeft } from "./storage";
import { tidy } from "./tidy";
import { storageCode } from "./trouble";
import { lastSync, replaceFetched, type LastSync, type Store, type StoredForm, type StoredList } from "./store";

/** How the phone's copy stands. */
export type SyncState =
  | { kind: "never" }
  | { kind: "fetching"; last: LastSync | null }
  | { kind: "ready"; last: LastSync }
  | { kind: "failed"; last: LastSync | null; code: string; params: Readonly<Record<string, string>> };

/** How the copy of the account on this phone stands. */
export const syncState = shallowRef<SyncState>({ kind: "never" });

/** Reads when this account last fetched everything. */
export async function recallSync(store: Store): Promise<void> {
  const last = await lastSync(store);
  syncState.value = last ? { kind: "ready", last } : { kind: "never" };
}

/** Fetches everything anew; what was there stays until all of it has arrived. */
export async function refresh(): Promise<void> {
  const store = onPhone.value?.store;
  if (!store || syncState.value.kind === "fetching") return;
  const last = await lastSync(store);
  syncState.value = { kind: "fetching", last };
  try {
    const fetched = await fetchAll(store);
    standing.value = { kind: "confirmed" };
    await tidy(store);
    await refreshBoard();
    syncState.value = { kind: "ready", last: fetched };
    await roomLeft();
  } catch (error) {
    if (error instanceof ApiError && error.isSignedOut) standing.value = { kind: "expired" };
    const said = error instanceof ApiError ? error : new ApiError(0, storageCode(error));
    syncState.value = { kind: "failed", last, code: said.code, params: said.params };
  }
}

async function fetchAll(store: Store): Promise<LastSync> {
  const outbox = await store.getAll("outbox");
  const stored = outbox.filter(({ upload }) => upload.kind === "stored").map(({ id }) => id);
  const [tasks, offered] = await Promise.all([fetchTasks(), fetchForms()]);
  const forms: StoredForm[] = [];
  for (const form of offered) forms.push(await storedForm(store, form));
  const lists: StoredList[] = [];
  for (const instanceId of new Set(offered.flatMap((form) => form.lists.map(([id]) => id)))) {
    const list = await freshList(store, instanceId);
    if (list) lists.push(list);
  }
  const sync: LastSync = { at: Date.now(), n_tasks: tasks.length, n_forms: forms.length, stored };
  await replaceFetched(store, { tasks, forms, lists, sync });
  return sync;
}

async function storedForm(store: Store, form: FormInfo): Promise<StoredForm> {
  const key = `${form.form_id}@${form.version}`;
  const known = await store.get("forms", key);
  const isSame = known?.xform_sha256 === form.xform_sha256;
  return { ...form, key, is_current: true, xform: known && isSame ? known.xform : await fetchXform(form) };
}

/** Returns a list that changed, or `null`. A list this account has no rows of is empty, not an error. */
async function freshList(store: Store, instanceId: string): Promise<StoredList | null> {
  const known = await store.get("lists", instanceId);
  try {
    const fetched = await fetchList(instanceId, known?.etag ?? "");
    return fetched ? { instance_id: instanceId, ...fetched } : null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { instance_id: instanceId, csv: "name,label\n", etag: "" };
    throw error;
  }
}
