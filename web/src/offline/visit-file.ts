/**
 * A finished visit as a file, for one that can't be sent: encrypted to the server's key, so that it can be carried by
 * anybody and read by nobody else. The bytes are told in the server's `vault/visit_key.rs` and `domain/handed_in.rs`.
 */
import type { OnPhone } from "./account";
import type { Attachment, Outgoing } from "./store";

/** Why there is no file, as a message code. */
export class VisitFileError extends Error {
  constructor(readonly code: "visit.no_file_key" | "visit.gone") {
    super(code);
    this.name = "VisitFileError";
  }
}

const MAGIC = "DSVF1\n";
const INFO = "doorstep visit file 1";
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;

/** Returns a finished visit as a file; throws [`VisitFileError`]. */
export async function visitFile({ account, store }: OnPhone, id: string): Promise<File> {
  const outgoing = await store.get("outbox", id);
  if (!outgoing || outgoing.upload.kind === "stored") throw new VisitFileError("visit.gone");
  const key = await store.onDevice((facts) => facts.get("visit_key"));
  if (!key) throw new VisitFileError("visit.no_file_key");
  const sealed = await encrypted(contentOf(account.id, outgoing, await store.filesOf(id)), bytesOf(key));
  // The name says nothing of whom the visit is about.
  const name = `${new Date(outgoing.finished_at).toISOString().slice(0, 10)}-${id.slice(0, 8)}.visit`;
  return new File([sealed], name, { type: "application/octet-stream" });
}

/** Puts together what is encrypted: a head that tells lengths, the document, the files. */
export function contentOf(accountId: string, outgoing: Outgoing, files: readonly Attachment[]): Uint8Array<ArrayBuffer> {
  const byName = new Map(files.map((file) => [file.name, file.bytes]));
  const named = outgoing.seal.attachments.flatMap(([name]) => {
    const bytes = byName.get(name);
    return bytes ? [{ name, bytes }] : [];
  });
  const xml = new TextEncoder().encode(outgoing.xml);
  const head = {
    account_id: accountId,
    task_id: outgoing.task_id ?? "",
    seal: JSON.stringify(outgoing.seal),
    notes: outgoing.notes ?? "",
    xml_bytes: xml.length,
    files: named.map(({ name, bytes }) => [name, bytes.byteLength]),
  };
  const json = new TextEncoder().encode(JSON.stringify(head));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, json.length);
  return joined([length, json, xml, ...named.map(({ bytes }) => new Uint8Array(bytes))]);
}

/** Encrypts to a point of P-256, 65 bytes. */
export async function encrypted(content: Uint8Array<ArrayBuffer>, point: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const theirs = await crypto.subtle.importKey("raw", point, CURVE, false, []);
  const own = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const ownPoint = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const keyId = new Uint8Array(await crypto.subtle.digest("SHA-256", point)).slice(0, KEY_ID_BYTES);
  const names = joined([keyId, ownPoint]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const agreed = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveBits"]);
  const info = joined([new TextEncoder().encode(INFO), names]);
  const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new ArrayBuffer(0), info }, agreed, 256);
  const key = await crypto.subtle.importKey("raw", bits, "AES-GCM", false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const head = joined([new TextEncoder().encode(MAGIC), names]);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: head }, key, content);
  return joined([head, iv, new Uint8Array(sealed)]);
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
