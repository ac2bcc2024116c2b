/** Sends one finished visit: asks what of its files the server has, and hands in the record that names them. */
import { ApiError, apiUrl } from "./client";
import { exchange } from "./exchange";
import type { SentFile } from "./tus";
import type { Receipt, Schemas } from "./types";

/** A seal as the server takes it. */
export type Seal = Schemas["SealPart"];

/** A seal of version 1, of a visit finished before phones had keys. */
export interface FirstSeal {
  version: number;
  instance_id: string;
  xml_sha256: string;
  attachments: [name: string, sha256: string][];
  digest: string;
  device_time_ms: number;
  device_id: string;
}

/** A finished visit with all its files. */
export interface Parcel {
  /** Whose visit it is. */
  accountId: string;
  xml: string;
  seal: Seal | FirstSeal;
  /** What the phone noted of the files, JSON; empty where nothing. */
  notes: string;
  taskId: string | null;
  files: SentFile[];
}

/** What the account has on the server. */
export type Known = Schemas["KnownBody"];

const SILENCE_MS = 60_000;
/** More than this is photos, which no packing makes smaller. */
const MOST_PACKED_BYTES = 3_000_000;

/** Asks which files the server has already and where it is with others; `null` from a server that takes no files in pieces. */
export async function askKnown(hashes: readonly string[], account: string): Promise<Known | null> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ sha256: hashes });
  try {
    const answer = await exchange({ method: "POST", url: apiUrl("/uploads/known"), account, headers, body, silenceMs: SILENCE_MS });
    return JSON.parse(answer.text) as Known;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 405)) return null;
    throw error;
  }
}

/**
 * Hands in a parcel and returns the receipt; files whose names are in `sent` are only named. The same parcel may be handed
 * in any number of times: the server answers with the same receipt. Throws `ApiError`, with status 0 where it is unknown
 * whether the server has it.
 */
export async function handIn(
  parcel: Parcel,
  sent: ReadonlySet<string>,
  onProgress: (sentBytes: number) => void,
): Promise<Receipt> {
  const asked = { method: "POST", url: apiUrl("/submissions"), account: parcel.accountId, silenceMs: SILENCE_MS, onProgress } as const;
  const post = (packing: Packing) => exchange({ ...asked, ...packing });
  const packing = await packed(toForm(parcel, sent));
  const answer = await post(packing).catch((error: unknown) => {
    // Something on the way took the packing off, or does not let it through.
    if (packing.headers && error instanceof ApiError && (error.status === 400 || error.status === 415)) {
      return post({ body: toForm(parcel, sent) });
    }
    throw error;
  });
  const receipt = parseReceipt(answer.text);
  if (!receipt || receipt.digest !== parcel.seal.digest) throw new ApiError(502, "submission.receipt_wrong");
  return receipt;
}

interface Packing {
  body: FormData | Blob;
  headers?: Record<string, string>;
}

/** Packs a form where the browser can and it is worth it. */
async function packed(form: FormData): Promise<Packing> {
  if (!("CompressionStream" in globalThis)) return { body: form };
  const whole = new Response(form);
  const type = whole.headers.get("content-type");
  const plain = await whole.blob();
  if (type === null || plain.size > MOST_PACKED_BYTES) return { body: form };
  const stream = plain.stream().pipeThrough(new CompressionStream("gzip"));
  const body = await new Response(stream).blob();
  return { body, headers: { "content-type": type, "content-encoding": "gzip" } };
}

function toForm(parcel: Parcel, sent: ReadonlySet<string>): FormData {
  const form = new FormData();
  form.append("xml_submission_file", new Blob([parcel.xml], { type: "text/xml" }), "submission.xml");
  form.append("seal", new Blob([JSON.stringify(parcel.seal)], { type: "application/json" }));
  if (parcel.taskId !== null) form.append("task_id", parcel.taskId);
  if (parcel.notes !== "") form.append("notes", new Blob([parcel.notes], { type: "application/json" }));
  const named = parcel.files.filter((it) => sent.has(it.name)).map(({ name, sha256 }) => ({ name, sha256 }));
  if (named.length > 0) form.append("uploaded", new Blob([JSON.stringify(named)], { type: "application/json" }));
  for (const file of parcel.files.filter((it) => !sent.has(it.name))) {
    form.append(file.name, new Blob([file.bytes], { type: file.mediaType }), file.name);
  }
  return form;
}

function parseReceipt(text: string): Receipt | null {
  try {
    return (JSON.parse(text) as Partial<Schemas["AcceptedBody"]>).receipt ?? null;
  } catch {
    return null;
  }
}
