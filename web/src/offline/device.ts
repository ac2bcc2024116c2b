/**
 * The key this phone seals with: made in the browser, never to leave it, one for each account, and made known to the
 * server at log-in. Where the browser can't make or keep one (a plain http address, an old WebView, a private window),
 * visits are sealed without a signature, which the server flags; nothing is lost.
 */
import { ApiError } from "@/api/client";
import { enrolDevice as enrolAtServer } from "@/api/phone";
import type { Account } from "@/api/types";
import type { DeviceKey, Store } from "./store";

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** The server knows the key but will not have it: another one is needed. */
const UNUSABLE = new Set(["device.key_revoked", "device.key_taken"]);

const enrolled = new Set<string>();

/** Returns this phone's key for the account of a database, made at the first call; `null` where there can be none. */
export async function ownKey(store: Store): Promise<DeviceKey | null> {
  try {
    const known = await store.onDevice((facts) => facts.get("key"));
    if (known) return known;
    const made = await makeKey();
    return made && (await keepFirst(store, made));
  } catch {
    return null;
  }
}

/** Signs bytes; `null` where the browser has lost the key or can't. */
export async function sign(key: DeviceKey, text: string): Promise<string | null> {
  try {
    const bytes = new TextEncoder().encode(text);
    return hex(await crypto.subtle.sign(ECDSA, key.private_key, bytes));
  } catch {
    return null;
  }
}

/** Makes the key known to the server, once in the life of the page; failing is no reason to stop: it is tried again. */
export async function enrolDevice(store: Store, account: Account, deviceId: string): Promise<void> {
  const key = await ownKey(store);
  if (key && !enrolled.has(key.key_id)) await enrol(key, account, deviceId).catch(() => undefined);
}

/** The same at log-in, where a key that the server will not have is replaced by a new one. */
export async function enrolAtLogIn(store: Store, account: Account, deviceId: string): Promise<void> {
  const key = await ownKey(store);
  if (!key) return;
  try {
    await enrol(key, account, deviceId);
  } catch (error) {
    if (!(error instanceof ApiError && UNUSABLE.has(error.code))) return;
    await forgetKey(store, key);
    await enrolDevice(store, account, deviceId);
  }
}

/** Returns the bytes that an enrolment signs, as the page on the seal tells them. */
export function enrolmentText(accountId: string, deviceId: string, keyId: string): string {
  const counted = (text: string) => `${new TextEncoder().encode(text).length} ${text}`;
  return `doorstep-device 1\naccount ${counted(accountId)}\ndevice ${counted(deviceId)}\nkey ${keyId}\n`;
}

async function enrol(key: DeviceKey, account: Account, deviceId: string): Promise<void> {
  const proof = await sign(key, enrolmentText(account.id, deviceId, key.key_id));
  if (proof === null) return;
  const label = deviceName(navigator.userAgent);
  await enrolAtServer({ device_id: deviceId, public_key: key.public_key, proof, label });
  enrolled.add(key.key_id);
}

async function makeKey(): Promise<DeviceKey | null> {
  // Absent on plain http, whatever the types say.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (!subtle) return null;
  const pair = await subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  const point = await subtle.exportKey("raw", pair.publicKey);
  const key_id = hex(await subtle.digest("SHA-256", point));
  return { key_id, public_key: hex(point), private_key: pair.privateKey };
}

/** Two pages may make a key at the same time: the first that is kept is the phone's. */
function keepFirst(store: Store, made: DeviceKey): Promise<DeviceKey> {
  return store.onDevice(async (facts) => {
    const known = await facts.get("key");
    if (!known) await facts.put("key", made);
    return known ?? made;
  });
}

function forgetKey(store: Store, key: DeviceKey): Promise<void> {
  return store.onDevice(async (facts) => {
    if ((await facts.get("key"))?.key_id !== key.key_id) return;
    await facts.delete("key");
    await facts.delete("chain");
  });
}

/** Returns what a supervisor recognises a phone by: `Android 10 · K · Chrome 120`. */
export function deviceName(userAgent: string): string {
  const inside = /\(([^)]*)\)/u.exec(userAgent)?.[1]?.split(";") ?? [];
  const system = inside.map((it) => it.trim()).filter((it) => !/^(Linux|U|wv|K|X11|compatible)$/u.test(it));
  const browser = /(MicroMessenger|EdgA?|Firefox|Chrome|Version)\/(\d+)/u.exec(userAgent);
  const name = browser && `${browser[1] === "Version" ? "Safari" : browser[1]} ${browser[2]}`;
  return [...system.slice(0, 2), ...(name ? [name] : [])].join(" · ").slice(0, 80);
}

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
