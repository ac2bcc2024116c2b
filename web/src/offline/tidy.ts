/** What lies on the phone that nobody needs any more, and how much room what is needed takes. */
import type { Store } from "./store";

/** How many, and how many bytes on disk. */
export interface Amount {
  n: number;
  bytes: number;
}

/** What an account's data on this phone is made of. */
export interface Burden {
  /** Finished visits that the server does not have yet. */
  unsent: Amount;
  /** Visits begun. */
  drafts: Amount;
  /** What can go at once: receipts of visits that the server has, files and forms that nothing needs. */
  spare: Amount;
}

/** Receipts that stay on the phone by themselves; the server has them all. */
export const KEPT_RECEIPTS = 100;

/** The cache of decoders that are fetched anew where they are needed. */
const CODECS = "codecs";

/** Weighs what is on the phone; nothing of it but the queue is decrypted. */
export async function burden(store: Store): Promise<Burden> {
  const [outbox, tasks] = await Promise.all([store.getAll("outbox"), store.getAll("tasks")]);
  const listed = new Set(tasks.map(({ id }) => id));
  const stored = new Set(outbox.filter(({ upload }) => upload.kind === "stored").map(({ id }) => id));
  const needless = new Set(outbox.filter(({ id, task_id }) => stored.has(id) && !listed.has(task_id ?? "")).map(({ id }) => id));
  const unsent = new Set(outbox.filter(({ id }) => !stored.has(id)).map(({ id }) => id));
  const weights = await store.weights();
  const drafts = new Set(weights.filter(({ table }) => table === "drafts").map(({ owner }) => owner));
  const ofVisits = (ids: ReadonlySet<string>) =>
    sum(weights.filter(({ table, owner }) => ["outbox", "drafts", "files"].includes(table) && ids.has(owner)));
  const spare = weights.filter(({ table, owner, isSpare }) => isSpare || (table === "outbox" && needless.has(owner)));
  return {
    unsent: { n: unsent.size, bytes: ofVisits(unsent) },
    drafts: { n: drafts.size, bytes: ofVisits(drafts) },
    spare: { n: spare.length, bytes: sum(spare) },
  };
}

/** Removes what nobody needs: all but the newest receipts, and files and forms that nothing names. */
export async function tidy(store: Store, nReceipts: number = KEPT_RECEIPTS): Promise<void> {
  const [outbox, tasks] = await Promise.all([store.getAll("outbox"), store.getAll("tasks")]);
  // While the phone still lists a task, its receipt tells that the visit was made.
  const listed = new Set(tasks.map(({ id }) => id));
  const stored = outbox.filter(({ upload, task_id }) => upload.kind === "stored" && !listed.has(task_id ?? ""));
  stored.sort((a, b) => (b.order ?? 0) - (a.order ?? 0) || b.finished_at - a.finished_at);
  await store.sweep(stored.slice(nReceipts).map(({ id }) => id));
}

/** Frees all that can go, decoders too; unsent visits, drafts and what tasks need stay. Returns how many bytes it was. */
export async function freeSpace(store: Store): Promise<number> {
  const before = (await burden(store)).spare.bytes;
  await tidy(store, 0);
  await globalThis.caches?.delete(CODECS).catch(() => false);
  return before - (await burden(store)).spare.bytes;
}

function sum(weights: readonly { bytes: number }[]): number {
  return weights.reduce((all, { bytes }) => all + bytes, 0);
}
