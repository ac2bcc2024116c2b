/**
 * Files in pieces, by the resumable protocol tus 1.0.0 (creation; the server knows more of it).
 *
 * A client of our own, of three requests: tus-js-client is 19.7 KB of Brotli (dist/tus.min.js of 4.3.1) and brings file sources,
 * a storage of addresses and retries; the queue has all that already, by account and encrypted. Where a file stands after a reload is not kept on the phone at all: the
 * server is asked (`askKnown`), which knows it better, also when the answer to an announcement was lost.
 *
 * Pieces carry no checksum of their own: with one the server would have to throw away a piece that broke off half way. The
 * whole file is checked against its SHA-256 at its end instead.
 */
import { ApiError, apiUrl } from "./client";
import { exchange, type Answered } from "./exchange";

/** A file to be sent. */
export interface SentFile {
  name: string;
  mediaType: string;
  bytes: ArrayBuffer;
  sha256: string;
}

const TUS = { "tus-resumable": "1.0.0" };
const SILENCE_MS = 30_000;

/** Announces a file; returns where its bytes go. The same again, before a byte of it came, gives the same place. */
export async function announce(file: SentFile, account: string): Promise<string> {
  const metadata = { sha256: file.sha256, filename: file.name, filetype: file.mediaType };
  const pairs = Object.entries(metadata).map(([key, value]) => `${key} ${base64(value)}`);
  const headers = { ...TUS, "upload-length": String(file.bytes.byteLength), "upload-metadata": pairs.join(",") };
  const answer = await exchange({ method: "POST", url: apiUrl("/uploads"), account, headers, silenceMs: SILENCE_MS });
  const url = answer.header("location") ?? "";
  // Whatever else stands there, the session's cookie goes nowhere but here.
  if (!url.startsWith(apiUrl("/uploads/"))) throw new ApiError(502, "server.failed");
  return url;
}

/** Sends bytes that begin at an offset; returns the offset behind them. */
export async function sendPiece(
  url: string,
  offset: number,
  piece: ArrayBuffer,
  onProgress: (sentBytes: number) => void,
  account: string,
): Promise<number> {
  const headers = { ...TUS, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" };
  return offsetIn(await exchange({ method: "PATCH", url, account, headers, body: piece, silenceMs: SILENCE_MS, onProgress }));
}

/** Asks how far an upload is. */
export async function offsetOf(url: string, account: string): Promise<number> {
  return offsetIn(await exchange({ method: "HEAD", url, account, headers: TUS, silenceMs: SILENCE_MS }));
}

function offsetIn(answer: Answered): number {
  const offset = Number(answer.header("upload-offset") ?? Number.NaN);
  if (!Number.isSafeInteger(offset) || offset < 0) throw new ApiError(502, "server.failed");
  return offset;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
