/** Whether this browser will keep what is written, said before any work is done, and how much room there is. */
import { shallowRef } from "vue";

import { whyNotKept, type Unkept } from "./store";

/** What is known of the browser's storage. */
export type Storage =
  | { kind: "unknown" }
  /** Nothing can be kept: a private window, storage switched off, or no room at all. */
  | { kind: "none"; reason: Unkept }
  /** Kept, but the browser may clear it when space runs out. */
  | { kind: "kept"; isProtected: boolean; freeBytes: number | null; usedBytes: number | null };

/** Room for what comes next. */
export type Room = "enough" | "little" | "none";

/** Below this the phone may run out during one round of visits: about thirty with their photos. */
const LITTLE_BYTES = 50_000_000;
/** Below this a photo may not fit any more beside the draft that names it. */
const NONE_BYTES = 3_000_000;

/** The state of this browser's storage. */
export const storage = shallowRef<Storage>({ kind: "unknown" });

/** Finds out whether data can be kept and how much room there is. */
export async function examineStorage(): Promise<void> {
  const reason = await whyNotKept();
  if (reason !== null) {
    storage.value = { kind: "none", reason };
    return;
  }
  const isProtected = await ask(() => navigator.storage?.persisted?.());
  storage.value = { kind: "kept", isProtected: isProtected ?? false, ...(await estimated()) };
}

/** Asks the browser not to clear the data by itself; called after the first draft, when there is something to lose. */
export async function protectStorage(): Promise<void> {
  const now = storage.value;
  if (now.kind !== "kept" || now.isProtected || hasAsked) return;
  hasAsked = true;
  const isProtected = (await ask(() => navigator.storage?.persist?.())) ?? false;
  if (storage.value.kind === "kept") storage.value = { ...storage.value, isProtected };
}

let hasAsked = false;

/** Looks how much room is left, e.g. before a photo; where the browser does not tell, there is enough until it fails. */
export async function roomLeft(): Promise<Room> {
  const now = storage.value;
  if (now.kind === "kept") storage.value = { ...now, ...(await estimated()) };
  return room(storage.value);
}

/** Returns how much room is left as it was looked at last. */
export function room(known: Storage): Room {
  if (known.kind === "none") return known.reason === "full" ? "none" : "enough";
  if (known.kind === "unknown" || known.freeBytes === null) return "enough";
  if (known.freeBytes < NONE_BYTES) return "none";
  return known.freeBytes < LITTLE_BYTES ? "little" : "enough";
}

async function estimated(): Promise<{ freeBytes: number | null; usedBytes: number | null }> {
  const { quota, usage } = (await ask(() => navigator.storage?.estimate?.())) ?? {};
  const freeBytes = quota === undefined ? null : Math.max(0, quota - (usage ?? 0));
  return { freeBytes, usedBytes: usage ?? null };
}

/** Asks for something that some browsers do not have, and others refuse. */
async function ask<T>(question: () => Promise<T> | undefined): Promise<T | null> {
  try {
    return (await question()) ?? null;
  } catch {
    return null;
  }
}
