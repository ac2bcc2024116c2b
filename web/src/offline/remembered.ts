/**
 * Few small facts about this phone that the app needs before it knows whose data to open. They lie in a database of their
 * own: browsers write `localStorage` to the disk seconds later, and a phone that is switched off in between would have
 * forgotten who works on it. `localStorage` has a copy, which tells the other windows of a change.
 */
import { openDB, type IDBPDatabase } from "idb";

import { readLocal, writeLocal } from "./local";

/** What is remembered; `account` is whose data is opened, as JSON. */
export type Fact = "account" | "device" | "sign-out-owed" | "open-visit";

const FACTS: readonly Fact[] = ["account", "device", "sign-out-owed", "open-visit"];
const DATABASE = "doorstep-phone";

const known = new Map<Fact, string>();
let database: IDBPDatabase | null = null;

/** Reads everything; where the browser keeps no database, from `localStorage`. */
export async function recallFacts(): Promise<void> {
  known.clear();
  database = await openFacts().catch(() => null);
  const isThere = (await database?.get("facts", "began").catch(() => undefined)) !== undefined;
  for (const fact of FACTS) {
    const text: unknown = isThere ? await database?.get("facts", fact) : readLocal(inLocal(fact));
    if (typeof text === "string") known.set(fact, text);
  }
  globalThis.addEventListener?.("storage", follow);
  if (isThere) return;
  for (const [fact, text] of known) await write(fact, text);
  await write("began", "1");
}

/** Returns a fact; `null` where it is not known. */
export function recalled(fact: Fact): string | null {
  return known.get(fact) ?? null;
}

/** Keeps a fact, or with `null` forgets it; returns once it is on disk. */
export async function remember(fact: Fact, text: string | null): Promise<void> {
  if (text === null) known.delete(fact);
  else known.set(fact, text);
  writeLocal(inLocal(fact), text);
  await write(fact, text);
}

/** Calls back when another window of this browser remembers somebody else, or nobody. */
export function whenAccountChanges(heard: (account: string | null) => void): void {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === inLocal("account")) heard(newValue);
  });
}

/** Takes over what another window remembers or forgets: e.g. that a sign-out is owed no more. */
function follow({ key, newValue }: StorageEvent): void {
  const fact = FACTS.find((it) => inLocal(it) === key);
  if (!fact) return;
  if (newValue === null) known.delete(fact);
  else known.set(fact, newValue);
}

/** Async, because some browsers throw at once. */
async function openFacts(): Promise<IDBPDatabase> {
  return openDB(DATABASE, 1, { upgrade: (db) => void db.createObjectStore("facts") });
}

async function write(key: Fact | "began", text: string | null): Promise<void> {
  try {
    const tx = database?.transaction("facts", "readwrite", { durability: "strict" });
    await (text === null ? tx?.store.delete(key) : tx?.store.put(text, key));
    await tx?.done;
  } catch {
    // `localStorage` has it, for as long as this browser keeps that.
  }
}

function inLocal(fact: Fact): string {
  return `doorstep.${fact}`;
}
