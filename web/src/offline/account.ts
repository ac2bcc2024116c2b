/**
 * Who uses this phone now. The account is remembered on the phone, so that the app opens with no signal and a session
 * that ran out loses nothing: only sending and fetching wait for a new sign-in.
 */
import { shallowRef } from "vue";

import { ApiError, setAccount } from "@/api/client";
import { currentSession, signIn, signOut } from "@/api/session";
import type { Account } from "@/api/types";
import { firstLock, openDatabase, Store } from "./database";
import { enrolAtLogIn, enrolDevice } from "./device";
import { randomId } from "./ids";
import { recalled, remember, whenAccountChanges } from "./remembered";
import { forget, keep, recall } from "./vault/keeper";
import { freshFinished, freshLock, keysForSending, keysLocked, keysOf, openBySecret, type Lock } from "./vault/keys";

/** What the server last said about the session. */
export type Standing =
  | { kind: "unknown" }
  | { kind: "confirmed" }
  | { kind: "expired" };

/** An account on this phone with its own database. */
export interface OnPhone {
  account: Account;
  store: Store;
}

/** Who is signed in on this phone; `null` shows the sign-in page. */
export const onPhone = shallowRef<OnPhone | null>(null);

/** Whether the server still takes what this account sends. */
export const standing = shallowRef<Standing>({ kind: "unknown" });

/** Roles that work at doors; the others have the desk. */
const AT_DOORS: readonly string[] = ["volunteer", "grid_worker", "adviser"];

/** The account remembered on this phone while its data is locked: only finished visits can be sent, if the session holds. */
export const locked = shallowRef<(OnPhone & { lock: Lock }) | null>(null);

/** The open key that still has to be put under an unlock code; `null` where there is one. */
export const codeOwed = shallowRef<CryptoKey | null>(null);

/** Opens the database of the account remembered on this phone, if any, as far as its key is at hand. Needs no network. */
export async function recallAccount(): Promise<void> {
  const account = readRemembered();
  if (!account) return;
  const { database, lock } = await openDatabase(account.id);
  if (!lock) return database.close();
  const people = lock.code && (await recall(account.id));
  const store = new Store(database, people ? await keysOf(lock, people) : keysLocked(lock));
  setAccount(account.id);
  if (people) onPhone.value = { account, store };
  else locked.value = { account, store, lock };
}

/** Asks the server whether the session still holds; keeps silent when nobody answers. */
export async function confirmSession(): Promise<void> {
  try {
    const session = await currentSession();
    if (recalled("sign-out-owed") && session) return await payOwedSignOut();
    const on = onPhone.value ?? locked.value;
    const isSame = session?.account.id === on?.account.id;
    standing.value = { kind: session && isSame ? "confirmed" : "expired" };
    if (!session || !isSame || !on) return;
    if (session.sending_secret) await openForSending(session.sending_secret);
    await keepVisitKey(on.store, session.visit_key);
    await enrolOwnDevice();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Opens what is finished on a phone that was locked before this page began. */
async function openForSending(secret: string): Promise<void> {
  const on = locked.value;
  if (!on || on.store.opensFinished) return;
  const keys = await keysForSending(on.lock, secret);
  if (keys && locked.value === on) locked.value = { ...on, store: on.store.with(keys) };
}

/** Signs in and makes the account's own database the open one; throws `ApiError`. */
export async function signInOnPhone(username: string, password: string): Promise<void> {
  // Without a secure context a browser neither encrypts nor works offline.
  if (!globalThis.crypto?.subtle) throw new ApiError(0, "lock.insecure");
  const { account, phone_secret: secret, visit_key: visitKey } = await signIn(username, password);
  if (!AT_DOORS.includes(account.role)) {
    await signOut();
    throw new ApiError(403, "auth.desk_role");
  }
  if (onPhone.value?.account.id !== account.id) await openAccount(account, secret ?? "");
  setAccount(account.id);
  await remember("sign-out-owed", null);
  await remember("account", JSON.stringify(account));
  standing.value = { kind: "confirmed" };
  const on = onPhone.value;
  if (on) await keepVisitKey(on.store, visitKey);
  if (on) await enrolAtLogIn(on.store, on.account, deviceId(randomId));
}

/** Makes the key of the account on this phone known to the server, where it is not yet. */
export async function enrolOwnDevice(): Promise<void> {
  const on = onPhone.value;
  if (on) await enrolDevice(on.store, on.account, deviceId(randomId));
}

/** Opens the data of an account with the secret that the server told; who could not unlock it chooses a new code. */
async function openAccount(account: Account, secret: string): Promise<void> {
  const { database, lock: known } = await openDatabase(account.id);
  const found = known ?? (await firstLock(database, (await freshLock(secret)).lock));
  const people = await openBySecret(found, secret);
  if (!people) {
    database.close();
    throw new ApiError(0, "lock.damaged");
  }
  const closed = new Store(database, keysLocked(found));
  const finished = found.finished ?? (await freshFinished(people, secret));
  const renewed = (it: Lock) => ({ ...it, wrong: 0, not_before: 0, finished: it.finished ?? finished });
  const lock = (await closed.changeLock(renewed)) ?? found;
  const store = closed.with(await keysOf(lock, people));
  await store.sealOpenRecords();
  const couldNotUnlock = locked.value?.account.id === account.id;
  codeOwed.value = lock.code && !couldNotUnlock ? null : people;
  onPhone.value?.store.close();
  locked.value?.store.close();
  locked.value = null;
  onPhone.value = { account, store };
  keep(account.id, people);
}

/** Signs out on this phone at once and on the server as soon as it answers. Unsent work stays under the account. */
export async function signOutOnPhone(): Promise<void> {
  const leaving = onPhone.value;
  if (!leaving) return;
  await leaving.store.forgetPeople();
  await remember("account", null);
  await remember("sign-out-owed", "1");
  close();
  await payOwedSignOut().catch(() => undefined);
}

/** Closes what this window shows of an account as soon as another window signs out, or signs somebody else in. */
export function followOtherWindows(onClosed: () => void): void {
  whenAccountChanges((text) => {
    const here = (onPhone.value ?? locked.value)?.account.id;
    if (here === undefined || (text !== null && parsed(text)?.id === here)) return;
    close();
    onClosed();
  });
}

/** Returns this device's own id, drawn once. */
export function deviceId(draw: () => string): string {
  const known = recalled("device");
  if (known) return known;
  const fresh = draw();
  void remember("device", fresh);
  return fresh;
}

function close(): void {
  forget();
  const leaving = onPhone.value ?? locked.value;
  onPhone.value = null;
  locked.value = null;
  codeOwed.value = null;
  standing.value = { kind: "unknown" };
  setAccount("");
  leaving?.store.close();
}

/** Keeps what a visit is encrypted to when it leaves the phone as a file; the server's key does not change by itself. */
async function keepVisitKey(store: Store, key: string): Promise<void> {
  await store.onDevice(async (facts) => {
    if (key && (await facts.get("visit_key")) !== key) await facts.put("visit_key", key);
  });
}

async function payOwedSignOut(): Promise<void> {
  await signOut();
  await remember("sign-out-owed", null);
  standing.value = { kind: "expired" };
}

function readRemembered(): Account | null {
  const text = recalled("account");
  return text === null ? null : parsed(text);
}

function parsed(text: string): Account | null {
  try {
    return parseAccount(JSON.parse(text));
  } catch {
    return null;
  }
}

function parseAccount(value: unknown): Account | null {
  const isAccount = (it: unknown): it is Account =>
    typeof it === "object" && it !== null && "id" in it && typeof it.id === "string" && "name" in it && "role" in it;
  return isAccount(value) ? value : null;
}
