/**
 * Records as they lie in the browser's database: AES-256-GCM, each bound to its place, so that one cannot be put where
 * another was. `ArrayBuffer`s among a record's own fields stay bytes; the rest is JSON.
 *
 * ```text
 * u32 length of the JSON | JSON {"value": …, "bytes": [["field", length], …]} | the fields' bytes, one after the other
 * ```
 */

/** An encrypted record. */
export interface Sealed {
  iv: ArrayBuffer;
  sealed: ArrayBuffer;
}

const IV_BYTES = 12;

/** Encrypts a record for its place, e.g. `drafts/3f2a…`. */
export async function seal(key: CryptoKey, place: string, value: unknown): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(algorithm(iv, place), key, toBytes(value));
  return { iv: iv.buffer, sealed };
}

/** Reads what [`seal`] made for the same place; rejects where it was changed or the key is another. */
export async function unseal(key: CryptoKey, place: string, { iv, sealed }: Sealed): Promise<unknown> {
  return fromBytes(await crypto.subtle.decrypt(algorithm(new Uint8Array(iv), place), key, sealed));
}

function algorithm(iv: Uint8Array<ArrayBuffer>, place: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) };
}

function toBytes(value: unknown): Uint8Array<ArrayBuffer> {
  const fields = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const buffers = fields.filter((field): field is [string, ArrayBuffer] => field[1] instanceof ArrayBuffer);
  const plain = buffers.length === 0 ? value : Object.fromEntries(fields.filter(([, it]) => !(it instanceof ArrayBuffer)));
  const head = new TextEncoder().encode(JSON.stringify({ value: plain, bytes: buffers.map(([name, it]) => [name, it.byteLength]) }));
  const whole = new Uint8Array(4 + head.length + buffers.reduce((sum, [, it]) => sum + it.byteLength, 0));
  new DataView(whole.buffer).setUint32(0, head.length);
  whole.set(head, 4);
  let at = 4 + head.length;
  for (const [, buffer] of buffers) {
    whole.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return whole;
}

function fromBytes(whole: ArrayBuffer): unknown {
  const end = 4 + new DataView(whole).getUint32(0);
  const { value, bytes } = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, end - 4))) as {
    value: unknown;
    bytes: [string, number][];
  };
  if (bytes.length === 0) return value;
  let at = end;
  const buffers = bytes.map(([name, length]) => [name, whole.slice(at, (at += length))] as const);
  return { ...(value as object), ...Object.fromEntries(buffers) };
}
