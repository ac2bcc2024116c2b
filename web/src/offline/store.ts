/**
 * What the phone keeps, in one IndexedDB database per account, so that two volunteers on one phone never see each
 * other's people. Each change that belongs together is one transaction.
 *
 * Files are kept as `ArrayBuffer`, one record each: some browsers lose or refuse stored `Blob`s.
 */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from "idb";

import type { FormInfo, Prefill, Task } from "@/api/phone";
import type { FirstSeal, Seal } from "@/api/upload";
import type { Strokes } from "@/ui/strokes";
import type { Upload } from "./queue";

/** A form as stored; `key` is `form_id@version`. Old versions stay while a draft needs them. */
export interface StoredForm extends FormInfo {
  key: string;
  xform: string;
  /** Whether the server still offers this version. */
  is_current: boolean;
}

/** A list as it came. */
export interface StoredList {
  instance_id: string;
  csv: string;
  etag: string;
}

/** A visit being filled in. */
export interface Draft {
  id: string;
  task_id: string | null;
  form_key: string;
  /** Whom or what the visit is about, for lists. */
  label: string;
  form_title: string;
  /** The engine's own text. */
  engine: string;
  /** Path of the page last shown; `"summary"` for the last screen; empty at the start. */
  page: string;
  /** Path of the question for which the camera or file chooser was opened, while it is open. */
  photographing: string | null;
  /** Seals of this visit that the server refused, oldest first. */
  replaced?: Seal[];
  started_at: number;
  saved_at: number;
}

/** What the phone noted about a file; it travels with the submission. Each kind has its own facts. */
export interface FileNote {
  readonly kind: string;
}

/** A file that an answer refers to. */
export interface Attachment {
  visit_id: string;
  name: string;
  media_type: string;
  bytes: ArrayBuffer;
  sha256: string;
  /** Signatures keep their strokes, so that they can be continued or undone. */
  strokes: Strokes | null;
  /** Absent in what was stored before notes were. */
  note?: FileNote | null;
}

/** Name, SHA-256 and size of a file. */
export type SealedFile = [name: string, sha256: string, size_bytes: number];

/** The key this phone seals with. Hex but for the private half, which only signs. */
export interface DeviceKey {
  key_id: string;
  public_key: string;
  private_key: CryptoKey;
}

/** Where a key's chain of seals stands: how many there are, and the digest of the last. */
export interface Chain {
  key_id: string;
  counter: number;
  head: string;
}

/** A finished visit on its way to the server. Its files stay under the same visit id. */
export interface Outgoing {
  id: string;
  task_id: string | null;
  label: string;
  form_title: string;
  xml: string;
  seal: Seal | FirstSeal;
  /** What the phone noted of the files, JSON; empty where nothing. */
  notes?: string;
  /** Its place among everything this account finished on this phone, whatever the clock said. */
  order?: number;
  finished_at: number;
  upload: Upload;
  /** The draft it was, to open it again if the server refuses it; dropped once it is stored. */
  draft: Draft | null;
}

/** The document saved last with a form that offers it again, and the visit it was. */
export interface LastSaved {
  id: string;
  xml: string;
}

/** When everything was last fetched. */
export interface LastSync {
  at: number;
  n_tasks: number;
  n_forms: number;
}

interface Schema extends DBSchema {
  facts: { key: string; value: unknown };
  tasks: { key: string; value: Task };
  forms: { key: string; value: StoredForm };
  lists: { key: string; value: StoredList };
  drafts: { key: string; value: Draft };
  files: { key: [string, string]; value: Attachment; indexes: { visit: string } };
  outbox: { key: string; value: Outgoing };
}

/** An open database. */
export type Store = IDBPDatabase<Schema>;

/** What the key of a fact begins with that is the document saved last with a form; the form's id follows. */
const SAVED = "saved:";
/** Facts of the device: its key, where its chain stands, how many visits were finished. */
export const KEY = "device.key";
export const CHAIN = "device.chain";
const ORDER = "device.order";

/** Opens the database of an account; rejects where the browser keeps nothing (some private modes). */
export function openStore(accountId: string): Promise<Store> {
  return openDB<Schema>(`doorstep-${accountId}`, 1, {
    upgrade(db) {
      db.createObjectStore("facts");
      db.createObjectStore("tasks", { keyPath: "id" });
      db.createObjectStore("forms", { keyPath: "key" });
      db.createObjectStore("lists", { keyPath: "instance_id" });
      db.createObjectStore("drafts", { keyPath: "id" });
      db.createObjectStore("files", { keyPath: ["visit_id", "name"] }).createIndex("visit", "visit_id");
      db.createObjectStore("outbox", { keyPath: "id" });
    },
  });
}

/** Saves a draft and, where given, a file that its newest answer names: both or neither. */
export async function saveDraft(store: Store, draft: Draft, file: Attachment | null = null): Promise<void> {
  const tx = store.transaction(["drafts", "files"], "readwrite", { durability: "strict" });
  const writes: Promise<unknown>[] = [tx.objectStore("drafts").put(draft)];
  if (file) writes.push(tx.objectStore("files").put(file));
  await Promise.all([...writes, tx.done]);
}

/** Returns where the chain of a key stands. */
export async function chainOf(store: Store, keyId: string): Promise<Chain> {
  return chainIn(await store.get("facts", CHAIN), keyId);
}

function chainIn(stored: unknown, keyId: string): Chain {
  const chain = stored as Chain | undefined;
  return chain?.key_id === keyId ? chain : { key_id: keyId, counter: 0, head: "" };
}

/**
 * Turns a draft into an outgoing visit, moves the chain of seals on, and drops the files that no answer names any more:
 * all or nothing. `savedAs` is the form whose next visits are offered this one's answers, where a form does that. Returns
 * false, and changes nothing, where the chain no longer stands where the seal took it from. A visit that another page
 * has sealed in the meantime stays as that page sealed it.
 */
export async function sealDraft(
  store: Store,
  outgoing: Outgoing,
  savedAs: string | null = null,
  step: { from: Chain; to: Chain } | null = null,
): Promise<boolean> {
  const named = new Set<string>(outgoing.seal.attachments.map(([name]) => name));
  const tx = store.transaction(["drafts", "files", "outbox", "facts"], "readwrite", { durability: "strict" });
  const isOpen = (await tx.objectStore("drafts").getKey(outgoing.id)) !== undefined;
  if (!isOpen && (await tx.objectStore("outbox").getKey(outgoing.id)) !== undefined) return true;
  if (step) {
    const now = chainIn(await tx.objectStore("facts").get(CHAIN), step.from.key_id);
    if (now.counter !== step.from.counter || now.head !== step.from.head) return false;
    await tx.objectStore("facts").put(step.to, CHAIN);
  }
  const order = (Number(await tx.objectStore("facts").get(ORDER)) || 0) + 1;
  await tx.objectStore("facts").put(order, ORDER);
  await tx.objectStore("outbox").put({ ...outgoing, order });
  const saved: LastSaved = { id: outgoing.id, xml: outgoing.xml };
  if (savedAs !== null) await tx.objectStore("facts").put(saved, SAVED + savedAs);
  await tx.objectStore("drafts").delete(outgoing.id);
  for (const key of await tx.objectStore("files").index("visit").getAllKeys(outgoing.id)) {
    if (!named.has(key[1])) await tx.objectStore("files").delete(key);
  }
  await tx.done;
  return true;
}

/** Opens a refused visit again: out of the outbox, back among the drafts, with the seal that its next one replaces. */
export async function reopenDraft(store: Store, { seal, ...outgoing }: Outgoing & { draft: Draft }): Promise<void> {
  const isLink = seal.version === 2 && "signature" in seal && seal.signature !== "";
  const draft = isLink ? { ...outgoing.draft, replaced: [...seal.replaced, { ...seal, replaced: [] }] } : outgoing.draft;
  const tx = store.transaction(["drafts", "outbox"], "readwrite", { durability: "strict" });
  await Promise.all([tx.objectStore("drafts").put(draft), tx.objectStore("outbox").delete(outgoing.id), tx.done]);
}

/** Notes that the server has a visit; its files and document are no longer needed here. */
export async function settleStored(store: Store, outgoing: Outgoing): Promise<void> {
  const tx = store.transaction(["files", "outbox"], "readwrite", { durability: "strict" });
  await tx.objectStore("outbox").put({ ...outgoing, xml: "", draft: null });
  for (const key of await tx.objectStore("files").index("visit").getAllKeys(outgoing.id)) {
    await tx.objectStore("files").delete(key);
  }
  await tx.done;
}

/** Removes a draft with its files. */
export async function discardDraft(store: Store, id: string): Promise<void> {
  const tx = store.transaction(["drafts", "files"], "readwrite");
  await tx.objectStore("drafts").delete(id);
  for (const key of await tx.objectStore("files").index("visit").getAllKeys(id)) {
    await tx.objectStore("files").delete(key);
  }
  await tx.done;
}

/** Replaces what the server told: tasks whole, forms and lists where new ones came. */
export async function replaceFetched(
  store: Store,
  fetched: { tasks: Task[]; forms: StoredForm[]; lists: StoredList[]; sync: LastSync },
): Promise<void> {
  const tx = store.transaction(["tasks", "forms", "lists", "drafts", "outbox", "facts"], "readwrite");
  const drafts = await tx.objectStore("drafts").getAll();
  const refused = (await tx.objectStore("outbox").getAll()).flatMap((it) => (it.draft ? [it.draft] : []));
  const needed = new Set([...drafts, ...refused].map((draft) => draft.form_key));
  const current = new Set(fetched.forms.map((form) => form.key));
  for (const form of await tx.objectStore("forms").getAll()) {
    if (current.has(form.key)) continue;
    if (needed.has(form.key)) await tx.objectStore("forms").put({ ...form, is_current: false });
    else await tx.objectStore("forms").delete(form.key);
  }
  for (const form of fetched.forms) await tx.objectStore("forms").put(form);
  for (const list of fetched.lists) await tx.objectStore("lists").put(list);
  await tx.objectStore("tasks").clear();
  for (const task of fetched.tasks) await tx.objectStore("tasks").put(task);
  await tx.objectStore("facts").put(fetched.sync, "sync");
  await tx.done;
}

/** Removes people's data that no unsent work needs; drafts, outgoing visits and forms stay. */
export async function forgetPeople(store: Store): Promise<void> {
  const tx = store.transaction(["tasks", "lists", "facts"], "readwrite");
  await tx.objectStore("tasks").clear();
  await tx.objectStore("lists").clear();
  await tx.objectStore("facts").delete("sync");
  await tx.objectStore("facts").delete(IDBKeyRange.bound(SAVED, `${SAVED}\uffff`));
  await tx.done;
}

/** Reads what was saved last with a form. */
export async function lastSaved(store: Store, formId: string): Promise<LastSaved | null> {
  return ((await store.get("facts", SAVED + formId)) as LastSaved | undefined) ?? null;
}

/** Reads when everything was last fetched. */
export async function lastSync(store: Store): Promise<LastSync | null> {
  return ((await store.get("facts", "sync")) as LastSync | undefined) ?? null;
}

/** Returns whether this browser keeps data at all: writes a byte and reads it back. */
export async function canKeepData(): Promise<boolean> {
  const name = "doorstep-probe";
  try {
    const db = await openDB(name, 1, { upgrade: (it) => void it.createObjectStore("probe") });
    await db.put("probe", new ArrayBuffer(1), "byte");
    const isKept = (await db.get("probe", "byte")) instanceof ArrayBuffer;
    db.close();
    await deleteDB(name);
    return isKept;
  } catch {
    return false;
  }
}

/** What a returned visit answered, on top of what the task itself prefills. */
export function prefillOf(task: Task): Prefill[] {
  return [...(task.returned?.answers ?? []), ...task.prefill];
}
