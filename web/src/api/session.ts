/** Signing in and out. The session itself is a cookie that scripts cannot read. */
import { ApiError, getJson, sendJson, setCsrfToken } from "./client";
import type { Session } from "./types";

/** Signs in; throws `auth.bad_credentials`, `auth.too_many_attempts` or `network.unreachable`. */
export async function signIn(username: string, password: string): Promise<Session> {
  return opened(await sendJson<Session>("POST", "/session", { username, password }));
}

/** Returns the session the browser still has, or `null` when the server knows none; throws when nobody answers. */
export async function currentSession(): Promise<Session | null> {
  try {
    return opened(await getJson<Session>("/session"));
  } catch (error) {
    if (error instanceof ApiError && error.isSignedOut) return null;
    throw error;
  }
}

/** Ends the session on the server. */
export async function signOut(): Promise<void> {
  await sendJson("DELETE", "/session");
  setCsrfToken("");
}

function opened(session: Session): Session {
  setCsrfToken(session.csrf_token);
  return session;
}
