/** Who sits at the desk. A session that ended anywhere brings the sign-in back; the address, and so the place, stays. */
import { computed, shallowRef } from "vue";
import { ApiError } from "@/api/client";
import { currentSession, signIn, signOut } from "@/api/session";
import type { Account, Role } from "@/api/types";

export type Desk =
  { kind: "unknown" } | { kind: "signed_out"; error: ApiError | null } | { kind: "signed_in"; account: Account };

const DESK_ROLES: readonly Role[] = ["supervisor", "street", "admin"];

export const desk = shallowRef<Desk>({ kind: "unknown" });

/** Whether the account may change anything; the street only looks. */
export const mayChange = computed(() => desk.value.kind === "signed_in" && desk.value.account.role !== "street");

/** Takes up the session the browser still has. */
export async function resume(): Promise<void> {
  try {
    const session = await currentSession();
    desk.value = session === null ? { kind: "signed_out", error: null } : seat(session.account);
  } catch (caught) {
    desk.value = { kind: "signed_out", error: toApiError(caught) };
  }
}

/** Signs in; throws the server's refusal. */
export async function enter(username: string, password: string): Promise<void> {
  desk.value = seat((await signIn(username, password)).account);
}

/** Signs out. The desk closes at once; where nobody answered it says so, for the session then lives on. */
export async function leave(): Promise<void> {
  desk.value = { kind: "signed_out", error: null };
  try {
    await signOut();
  } catch (caught) {
    if (!toApiError(caught).isSignedOut) desk.value = { kind: "signed_out", error: toApiError(caught) };
  }
}

/** Returns what was thrown as an `ApiError`; a lost session closes the desk. What is no `ApiError` is thrown on. */
export function toApiError(caught: unknown): ApiError {
  if (!(caught instanceof ApiError)) throw caught;
  if (caught.isSignedOut && desk.value.kind === "signed_in") desk.value = { kind: "signed_out", error: caught };
  return caught;
}

function seat(account: Account): Desk {
  if (DESK_ROLES.includes(account.role)) return { kind: "signed_in", account };
  return { kind: "signed_out", error: new ApiError(403, "auth.forbidden") };
}
