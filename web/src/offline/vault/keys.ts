/**
 * The keys of one account's data on this phone.
 *
 * ```text
 * unlock code ─PBKDF2─▶ ─HMAC with a key that never leaves this phone─▶ ┐
 *                                                                        ├─ unwraps ─▶ the people's key ─▶ everything but the outbox
 * the account's secret (told by the server for the password) ─HKDF─────▶ ┘
 * the people's key ───────────────────────────────────────────────────▶ ┐
 *                                                                        ├─ unwraps ─▶ the finished visits' key ─▶ the outbox
 * the sending secret (told by the server to whoever is signed in) ─────▶ ┘
 * ```
 * Guessing a code of six digits on a copy of the disk needs the phone's own key too. The sending secret is derived from the
 * account's and opens finished visits alone, so that they are sent while the phone is locked; once the session ended it is
 * told no more.
 */

/** A key under another one. */
interface Wrapped {
  iv: ArrayBuffer;
  wrapped: ArrayBuffer;
}

/** What is kept of the keys, beside the data. */
export interface Lock {
  /** The key of finished visits; absent in what an older version of the app left, until the next sign-in. */
  finished?: { byPeople: Wrapped; byServer: Wrapped };
  /** The key of finished visits as an older version of the app kept it: as it is. Nothing new is written under it. */
  sending?: CryptoKey;
  /** Mixed into the unlock code; cannot be exported. */
  pepper: CryptoKey;
  /** The people's key under the unlock code; `null` until one was chosen, and after too many wrong ones. */
  code: (Wrapped & { salt: ArrayBuffer; iterations: number }) | null;
  /** The people's key under the account's secret. */
  secret: Wrapped;
  /** Wrong codes in a row. */
  wrong: number;
  /** The next code may be tried from this time on, in milliseconds of the phone's clock. */
  not_before: number;
}

/** The keys that are open: those of people and finished visits are `null` while the phone is locked. */
export interface Keys {
  people: CryptoKey | null;
  finished: CryptoKey | null;
  /** See [`Lock`]. */
  sending?: CryptoKey;
}

/** Returns whether too many wrong codes were typed: none opens anything any more. */
export function isErased({ code, wrong }: Lock): boolean {
  return code === null && wrong > 0;
}

/** A slow phone takes about a second for so many. */
const ITERATIONS = 600_000;
const AES = { name: "AES-GCM", length: 256 };
/** What a key is derived from the account's secret for; the server derives the second one too. */
const FOR_PEOPLE = "doorstep phone 1";
const FOR_SENDING = "doorstep sending 1";
const HMAC = { name: "HMAC", hash: "SHA-256", length: 256 };

/** Draws the keys of an account that is new on this phone. */
export async function freshLock(secret: string): Promise<{ lock: Lock; people: CryptoKey }> {
  const [pepper, people] = await Promise.all([
    crypto.subtle.generateKey(HMAC, false, ["sign"]),
    crypto.subtle.generateKey(AES, true, ["encrypt", "decrypt"]),
  ]);
  const wrapped = await wrap(people, await fromSecret(secret, FOR_PEOPLE));
  const lock = { pepper, code: null, secret: wrapped, wrong: 0, not_before: 0 };
  return { lock: { ...lock, finished: await freshFinished(people, secret) }, people };
}

/** Draws a key for finished visits. */
export async function freshFinished(people: CryptoKey, secret: string): Promise<NonNullable<Lock["finished"]>> {
  const key = await crypto.subtle.generateKey(AES, true, ["encrypt", "decrypt"]);
  return { byPeople: await wrap(key, people), byServer: await wrap(key, await fromSecret(secret, FOR_SENDING)) };
}

/** Returns the keys that the people's key opens. */
export async function keysOf({ finished, sending }: Lock, people: CryptoKey): Promise<Keys> {
  return { people, finished: finished ? await unwrap(finished.byPeople, people, false) : null, ...(sending && { sending }) };
}

/** Returns the keys that are open without the people's key. */
export function keysLocked({ finished, sending }: Lock): Keys {
  return { people: null, finished: null, ...(sending && !finished && { sending }) };
}

/** Returns the keys that the sending secret opens; `null` where it is another's. */
export async function keysForSending({ finished, sending }: Lock, secret: string): Promise<Keys | null> {
  const own = finished && (await unwrap(finished.byServer, await aes(bytesOf(secret).buffer), false));
  return own ? { people: null, finished: own, ...(sending && { sending }) } : null;
}

/** Puts the people's key under a (new) unlock code; `people` as [`openBySecret`] or [`freshLock`] returned it. */
export async function underCode({ pepper }: Lock, people: CryptoKey, code: string): Promise<NonNullable<Lock["code"]>> {
  const salt = crypto.getRandomValues(new Uint8Array(16)).buffer;
  const wrapped = await wrap(people, await fromCode(pepper, code, salt, ITERATIONS));
  return { ...wrapped, salt, iterations: ITERATIONS };
}

/** Returns the people's key, or `null` where the code is wrong. */
export async function openByCode({ pepper, code }: Lock, typed: string): Promise<CryptoKey | null> {
  return code && unwrap(code, await fromCode(pepper, typed, code.salt, code.iterations), false);
}

/** Returns the people's key in a form that a new code can wrap, or `null` where the secret is another. */
export async function openBySecret(lock: Lock, secret: string): Promise<CryptoKey | null> {
  return unwrap(lock.secret, await fromSecret(secret, FOR_PEOPLE), true);
}

async function wrap(key: CryptoKey, by: CryptoKey): Promise<Wrapped> {
  const iv = crypto.getRandomValues(new Uint8Array(12)).buffer;
  const raw = await crypto.subtle.exportKey("raw", key);
  return { iv, wrapped: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, by, raw) };
}

async function unwrap({ iv, wrapped }: Wrapped, by: CryptoKey, isExtractable: boolean): Promise<CryptoKey | null> {
  try {
    const raw = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, by, wrapped);
    return await crypto.subtle.importKey("raw", raw, AES, isExtractable, ["encrypt", "decrypt"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

async function fromCode(pepper: CryptoKey, code: string, salt: ArrayBuffer, iterations: number): Promise<CryptoKey> {
  const typed = await crypto.subtle.importKey("raw", new TextEncoder().encode(code), "PBKDF2", false, ["deriveBits"]);
  const slow = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, typed, 256);
  return aes(await crypto.subtle.sign("HMAC", pepper, slow));
}

async function fromSecret(secret: string, purpose: string): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), "HKDF", false, ["deriveBits"]);
  const info = new TextEncoder().encode(purpose);
  return aes(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new ArrayBuffer(0), info }, key, 256));
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function aes(bits: ArrayBuffer): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bits, AES, false, ["encrypt", "decrypt"]);
}
