/** Whether this browser will keep what is written, said before any work is done. */
import { shallowRef } from "vue";

import { canKeepData } from "./store";

/** What is known of the browser's storage. */
export type Storage =
  | { kind: "unknown" }
  /** Nothing can be kept: a private window, or storage is switched off. */
  | { kind: "none" }
  /** Kept, but the browser may clear it when space runs out. */
  | { kind: "kept"; isProtected: boolean; freeBytes: number | null };

/** Below this the phone may run out during one round of visits. */
export const LITTLE_BYTES = 100_000_000;

/** The state of this browser's storage. */
export const storage = shallowRef<Storage>({ kind: "unknown" });

/** Finds out whether data can be kept and how much room there is. */
export async function examineStorage(): Promise<void> {
  if (!(await canKeepData())) {
    storage.value = { kind: "none" };
    return;
  }
  const isProtected = (await navigator.storage?.persisted?.()) ?? false;
  storage.value = { kind: "kept", isProtected, freeBytes: await freeBytes() };
}

/** Asks the browser not to clear the data by itself; called after the first draft, when there is something to lose. */
export async function protectStorage(): Promise<void> {
  const now = storage.value;
  if (now.kind !== "kept" || now.isProtected) return;
  const isProtected = (await navigator.storage?.persist?.()) ?? false;
  storage.value = { ...now, isProtected };
}

async function freeBytes(): Promise<number | null> {
  const estimate = await navigator.storage?.estimate?.();
  return estimate?.quota === undefined ? null : estimate.quota - (estimate.usage ?? 0);
}
