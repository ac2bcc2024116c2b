/**
 * What the phone keeps, one database per account, so that two volunteers on one phone never see each other's people.
 * Each change that belongs together is one transaction.
 *
 * Files are kept as `ArrayBuffer`, one record each: some browsers lose or refuse stored `Blob`s.
 */
import { deleteDB, openDB } from "idb";

import type { Prefill, Task } from "@/api/phone";
import { chainIn, type Change, type Store } from "./database";
import type { Attachment, Chain, ChainStep, Draft, LastSaved, LastSync, Outgoing, StoredForm, StoredList } from "./records";
import type { Upload } from "./queue";
import { storageCode } from "./trouble";

export type { Store } from "./database";
export type * from "./records";

/** What the key of a fact begins with that is the document saved last with a form; the form's id follows. */
const SAVED = "saved:";

/** Keeps a new draft; returns false, and changes nothing, where its version of the form is no longer the current one. */
export async function beginDraft(store: Store, draft: Draft): Promise<boolean> {
  return store.begin(await store.putting("drafts", draft), draft.form_key);
}

/** Saves a draft and the files that its newest answers name: all or nothing. */
export async function saveDraft(store: Store, draft: Draft, files: readonly Attachment[] = []): Promise<void> {
  const kept = await Promise.all(files.map((it) => store.putting("files", it)));
  await store.change([await store.putting("drafts", draft), ...kept]);
}

/** Returns where the chain of a key stands. */
export async function chainOf(store: Store, keyId: string): Promise<Chain> {
  return chainIn(await store.onDevice((facts) => facts.get("chain")), keyId);
}

/**
 * Turns a draft into an outgoing visit, moves the chain of seals on, and drops the files that no answer names any more:
 * all or nothing. From now on it can be sent while the phone is locked. `savedAs` is the form whose next visits are
 * offered this one's answers, where a form does that. Returns false, and changes nothing, where the chain no longer
 * stands where the seal took it from. A visit that another page has sealed in the meantime stays as that page sealed it.
 */
export async function sealDraft(
  store: Store,
  outgoing: Outgoing,
  savedAs: string | null = null,
  step: ChainStep | null = null,
): Promise<boolean> {
  const named = new Set<string>(outgoing.seal.attachments.map(([name]) => name));
  const files = await store.filesOf(outgoing.id, named);
  const saved: LastSaved = { id: outgoing.id, xml: outgoing.xml };
  const changes: Change[] = [
    await store.putting("outbox", outgoing),
    ...(await Promise.all(files.map((it) => store.putting("files", it, store.forFinished)))),
    ...(savedAs === null ? [] : [await store.puttingFact(SAVED + savedAs, saved)]),
    { kind: "delete", table: "drafts", key: outgoing.id },
    { kind: "delete_files", visit: outgoing.id, but: named },
  ];
  return store.finish(outgoing.id, changes, step);
}

/** Opens a refused visit again: out of the outbox, back among the drafts, with the seal that its next one replaces. */
export async function reopenDraft(store: Store, { seal, ...outgoing }: Outgoing & { draft: Draft }): Promise<void> {
  const isLink = seal.version === 2 && "signature" in seal && seal.signature !== "";
  const draft = isLink ? { ...outgoing.draft, replaced: [...seal.replaced, { ...seal, replaced: [] }] } : outgoing.draft;
  await store.change([await store.putting("drafts", draft), { kind: "delete", table: "outbox", key: outgoing.id }]);
}

/** Notes that the server has a visit; its files and document are no longer needed here. */
export async function settleStored(store: Store, id: string, upload: Upload): Promise<void> {
  const noFiles: Change = { kind: "delete_files", visit: id, but: new Set() };
  await store.revise(id, (it) => ({ ...it, upload, xml: "", draft: null }), [noFiles]);
}

/** Removes a draft with its files. */
export async function discardDraft(store: Store, id: string): Promise<void> {
  await store.change([{ kind: "delete", table: "drafts", key: id }, { kind: "delete_files", visit: id, but: new Set() }]);
}

/** Replaces what the server told: tasks whole, forms and lists where new ones came. */
export async function replaceFetched(
  store: Store,
  fetched: { tasks: Task[]; forms: StoredForm[]; lists: StoredList[]; sync: LastSync },
): Promise<void> {
  const puts = await Promise.all([
    ...fetched.forms.map((it) => store.putting("forms", it)),
    ...fetched.lists.map((it) => store.putting("lists", it)),
    ...fetched.tasks.map((it) => store.putting("tasks", it)),
    store.puttingFact("sync", fetched.sync),
  ]);
  await store.replace(puts, new Set(fetched.forms.map((form) => form.key)));
}

/** Reads what was saved last with a form. */
export async function lastSaved(store: Store, formId: string): Promise<LastSaved | null> {
  return ((await store.get("facts", SAVED + formId)) as LastSaved | undefined) ?? null;
}

/** Reads when everything was last fetched. */
export async function lastSync(store: Store): Promise<LastSync | null> {
  return ((await store.get("facts", "sync")) as LastSync | undefined) ?? null;
}

/** Bytes of the trial: about what one answered page of a visit takes. */
const PROBE_BYTES = 65_536;
/** A browser that says nothing for so long says no. */
const PROBE_MS = 10_000;

/** Why this browser keeps nothing: it has no database, there is no room, or its database is broken. */
export type Unkept = "refused" | "full" | "broken";

/** Returns why this browser keeps no data, `null` where it does: writes something and reads it back. */
export async function whyNotKept(): Promise<Unkept | null> {
  const silence = new Promise<Unkept>((resolve) => setTimeout(() => resolve("broken"), PROBE_MS));
  return Promise.race([probe(), silence]);
}

async function probe(): Promise<Unkept | null> {
  const name = "doorstep-probe";
  if (!globalThis.indexedDB) return "refused";
  try {
    const db = await openDB(name, 1, { upgrade: (it) => void it.createObjectStore("probe") });
    await db.put("probe", new ArrayBuffer(PROBE_BYTES), "bytes");
    const read: unknown = await db.get("probe", "bytes");
    db.close();
    await deleteDB(name);
    return read instanceof ArrayBuffer && read.byteLength === PROBE_BYTES ? null : "broken";
  } catch (error) {
    const code = storageCode(error);
    if (code === "storage.full") return "full";
    return code === "storage.lost" ? "broken" : "refused";
  }
}

/** What a returned visit answered, on top of what the task itself prefills. */
export function prefillOf(task: Task): Prefill[] {
  return [...(task.returned?.answers ?? []), ...task.prefill];
}
