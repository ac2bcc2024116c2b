/**
 * Calls the server's own API (`/api/v1`). Every failure is one [`ApiError`] with a message code; a lost network is the
 * code `network.unreachable`, so a caller tells "the server said no" from "nobody answered" by `isOffline`.
 */

import { reading, tellTime } from "./time";
import type { Diagnostic, Schemas } from "./types";

const PREFIX = "/api/v1";

/** What the server says of a failure; what stands in its place may say less. */
type ErrorBody = Pick<Schemas["ErrorBody"], "code"> & Partial<Schemas["ErrorBody"]>;

/** A call that did not give what was asked for. `status` is 0 when no answer came at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly params: Readonly<Record<string, string>> = {},
    readonly diagnostics: readonly Diagnostic[] = [],
    readonly retryAfterS: number | null = null,
  ) {
    super(`${status} ${code}`);
    this.name = "ApiError";
  }

  /** Whether no answer came: worth trying again later, nothing is known of the outcome. */
  get isOffline(): boolean {
    return this.status === 0;
  }

  /** Whether the person has to sign in again. A refused user name or password is not this. */
  get isSignedOut(): boolean {
    return this.code === "auth.signed_out" || this.code === "auth.expired";
  }
}

let csrfToken = "";
let account = "";

/** Sets the token that every changing call carries; it comes with the session. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Sets whose data this page reads and sends; the server refuses a call that its session is not of. Empty: whoever it is. */
export function setAccount(id: string): void {
  account = id;
}

/** Returns the headers every changing call carries. */
export function csrfHeaders(): Record<string, string> {
  return { ...(csrfToken ? { "x-doorstep-csrf": csrfToken } : {}), ...accountHeaders() };
}

/** Returns a path of the API as the browser calls it. */
export function apiUrl(path: string): string {
  return PREFIX + path;
}

/** Calls the API and returns the answer once its status is 2xx (or 304, when the caller sent an `If-None-Match`). */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const isReading = (init.method ?? "GET") === "GET";
  const headers = { ...(isReading ? accountHeaders() : csrfHeaders()), ...toRecord(init.headers) };
  let response: Response;
  const sent = reading();
  try {
    response = await fetch(apiUrl(path), { credentials: "same-origin", cache: "no-store", ...init, headers });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "network.unreachable");
  }
  tellTime((name) => response.headers.get(name), sent);
  if (response.ok || response.status === 304) return response;
  throw errorFrom(response.status, await response.text(), response.headers.get("retry-after"));
}

/** Reads JSON. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await call(path, { signal })).json()) as T;
}

/** Reads text, e.g. a form or a list. */
export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  return (await call(path, { signal })).text();
}

/** Sends JSON and reads JSON; `undefined` where the answer is empty. */
export async function sendJson<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(body);
  }
  return readJson<T>(await call(path, init));
}

/** Sends a multipart form and reads JSON. */
export async function sendForm<T>(path: string, form: FormData): Promise<T> {
  return readJson<T>(await call(path, { method: "POST", body: form }));
}

/** Returns the error that a failed answer stands for; bodies that are not ours become `server.failed`. */
export function errorFrom(status: number, body: string, retryAfter: string | null): ApiError {
  const retryAfterS = retryAfter === null ? null : Number.parseInt(retryAfter, 10) || null;
  const said = parseErrorBody(body);
  if (!said) return new ApiError(status, status === 413 ? "request.too_large" : "server.failed", {}, [], retryAfterS);
  return new ApiError(status, said.code, said.params ?? {}, said.diagnostics ?? [], retryAfterS);
}

/** Returns the header that tells whose data is meant. */
export function accountHeaders(of: string = account): Record<string, string> {
  return of ? { "x-doorstep-account": of } : {};
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

function parseErrorBody(body: string): ErrorBody | null {
  try {
    const said = JSON.parse(body) as Partial<ErrorBody> | null;
    return typeof said?.code === "string" ? { ...said, code: said.code } : null;
  } catch {
    return null;
  }
}

function toRecord(headers: HeadersInit | undefined): Record<string, string> {
  return Object.fromEntries(new Headers(headers));
}
