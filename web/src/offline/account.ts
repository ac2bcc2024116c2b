/**
 * Who uses this phone now. The account is remembered on the phone, so that the app opens with no signal and a session
 * that ran out loses nothing: only sending and fetching wait for a new sign-in.
 */
import { shallowRef } from "vue";

import { ApiError } from "@/api/client";
import { currentSession, signIn, signOut } from "@/api/session";
import type { Account } from "@/api/types";
import { enrolAtLogIn, enrolDevice } from "./device";
import { randomId } from "./ids";
import { forgetPeople, openStore, type Store } from "./store";

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

const REMEMBERED = "doorstep.account";
const SIGN_OUT_OWED = "doorstep.sign-out-owed";

/** Roles that work at doors; the others have the desk. */
const AT_DOORS: readonly string[] = ["volunteer", "grid_worker", "adviser"];

/** Opens the database of the account remembered on this phone, if any. Needs no network. */
export async function recallAccount(): Promise<void> {
  const account = readRemembered();
  if (account) onPhone.value = { account, store: await openStore(account.id) };
}

/** Asks the server whether the session still holds; keeps silent when nobody answers. */
export async function confirmSession(): Promise<void> {
  try {
    const session = await currentSession();
    if (localStorage.getItem(SIGN_OUT_OWED) && session) return await payOwedSignOut();
    const isSame = session?.account.id === onPhone.value?.account.id;
    standing.value = { kind: session && isSame ? "confirmed" : "expired" };
    if (session && isSame) await enrolOwnDevice();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Signs in and makes the account's own database the open one; throws `ApiError`. */
export async function signInOnPhone(username: string, password: string): Promise<void> {
  const { account } = await signIn(username, password);
  if (!AT_DOORS.includes(account.role)) {
    await signOut();
    throw new ApiError(403, "auth.desk_role");
  }
  localStorage.removeItem(SIGN_OUT_OWED);
  localStorage.setItem(REMEMBERED, JSON.stringify(account));
  if (onPhone.value?.account.id !== account.id) {
    onPhone.value?.store.close();
    onPhone.value = { account, store: await openStore(account.id) };
  }
  standing.value = { kind: "confirmed" };
  const on = onPhone.value;
  if (on) await enrolAtLogIn(on.store, on.account, deviceId(randomId));
}

/** Makes the key of the account on this phone known to the server, where it is not yet. */
export async function enrolOwnDevice(): Promise<void> {
  const on = onPhone.value;
  if (on) await enrolDevice(on.store, on.account, deviceId(randomId));
}

/** Signs out on this phone at once and on the server as soon as it answers. Unsent work stays under the account. */
export async function signOutOnPhone(): Promise<void> {
  const leaving = onPhone.value;
  if (!leaving) return;
  await forgetPeople(leaving.store);
  localStorage.removeItem(REMEMBERED);
  localStorage.setItem(SIGN_OUT_OWED, "1");
  onPhone.value = null;
  standing.value = { kind: "unknown" };
  leaving.store.close();
  await payOwedSignOut().catch(() => undefined);
}

/** Returns this device's own id, drawn once. */
export function deviceId(draw: () => string): string {
  const key = "doorstep.device";
  const known = localStorage.getItem(key);
  if (known) return known;
  const fresh = draw();
  localStorage.setItem(key, fresh);
  return fresh;
}

async function payOwedSignOut(): Promise<void> {
  await signOut();
  localStorage.removeItem(SIGN_OUT_OWED);
  standing.value = { kind: "expired" };
}

function readRemembered(): Account | null {
  const text = localStorage.getItem(REMEMBERED);
  try {
    return text === null ? null : parseAccount(JSON.parse(text));
  } catch {
    return null;
  }
}

function parseAccount(value: unknown): Account | null {
  const isAccount = (it: unknown): it is Account =>
    typeof it === "object" && it !== null && "id" in it && typeof it.id === "string" && "name" in it && "role" in it;
  return isAccount(value) ? value : null;
}
