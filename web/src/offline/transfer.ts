/**
 * The way of one visit to the server, on a network that breaks: ask what is known, send what is missing piece by piece,
 * then hand in the record that names it.
 *
 * ```text
 * ask ─▶ photo 1 ─▶ photo 2 … ─▶ hand in ─▶ receipt
 *  ▲       │ ▲ break: wait, ask for the offset, go on     │
 *  └───────┴─┴──────── a file is missing ─────────────────┘
 * ```
 * A break costs the piece that was on its way, and of that only what had not arrived. Small files go with the record.
 */
import { ApiError } from "@/api/client";
import type { SentFile } from "@/api/tus";
import type { Known, Parcel } from "@/api/upload";
import type { Receipt } from "@/api/types";
import { afterBreak, afterPiece, FIRST_PACE, type Pace } from "./pace";
import { SMALL_BYTES } from "./queue";

/** Breaks in a row, without a byte of progress, after which the visit goes back to waiting. */
const PATIENCE = 4;
const FIRST_PAUSE_MS = 500;
/** A server that lost files a third time has them nowhere. */
const MOST_ROUNDS = 3;

/** How far a visit is. */
export interface Progress {
  /** Of all its bytes, what the server has and what is on the way. */
  sent_bytes: number;
  /** What the server said it has: it need not be sent again. */
  kept_bytes: number;
  total_bytes: number;
  /** Which of the files that go one by one is under way, from 1; 0 while it is the record. */
  file: number;
  n_files: number;
  is_photo: boolean;
}

/** The network, and time. */
export interface Network {
  askKnown(hashes: readonly string[]): Promise<Known | null>;
  announce(file: SentFile): Promise<string>;
  sendPiece(url: string, offset: number, piece: ArrayBuffer, onProgress: (sentBytes: number) => void): Promise<number>;
  offsetOf(url: string): Promise<number>;
  handIn(parcel: Parcel, sent: ReadonlySet<string>, onProgress: (sentBytes: number) => void): Promise<Receipt>;
  now(): number;
  pause(ms: number): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

/** Brings a visit to the server; throws the `ApiError` that ended it. Bytes that arrived are not sent again by the next try. */
export async function transfer(parcel: Parcel, network: Network, tell: (progress: Progress) => void): Promise<Receipt> {
  const large = parcel.files.filter((it) => it.bytes.byteLength > SMALL_BYTES);
  const total_bytes = parcel.xml.length + sizeOf(parcel.files);
  const line = { pace: FIRST_PACE };
  for (let round = 1; ; round += 1) {
    const known = large.length === 0 ? null : await patiently(network, () => network.askKnown(large.map((it) => it.sha256)));
    const files = known ? large : [];
    const kept = new Map(files.map((it) => [it.name, keptOf(it, known)]));
    const say = (file: number, is_photo: boolean, under_way: number) => {
      const kept_bytes = [...kept.values()].reduce((sum, it) => sum + it, 0);
      const sent_bytes = Math.min(total_bytes, kept_bytes + under_way);
      tell({ sent_bytes, kept_bytes, total_bytes, file, n_files: large.length, is_photo });
    };
    const sent = new Set<string>();
    for (const [at, file] of files.entries()) {
      const sayFile = (offset: number, under_way: number) => {
        kept.set(file.name, offset);
        say(at + 1, file.mediaType.startsWith("image/"), under_way);
      };
      sayFile(kept.get(file.name) ?? 0, 0);
      const isThere = known?.known.includes(file.sha256) || (await send(file, { network, line }, begunOf(file, known), sayFile));
      if (isThere) sent.add(file.name);
      else kept.set(file.name, 0);
    }
    say(0, false, 0);
    try {
      return await patiently(network, () => network.handIn(parcel, sent, (bytes) => say(0, false, bytes)));
    } catch (error) {
      if (!isMissingFiles(error) || round === MOST_ROUNDS) throw error;
    }
  }
}

type Begun = Known["begun"][number];

function begunOf(file: SentFile, known: Known | null): Begun | undefined {
  return known?.begun.find((it) => it.sha256 === file.sha256);
}

/** Returns how much of a file the server has. */
function keptOf(file: SentFile, known: Known | null): number {
  return known?.known.includes(file.sha256) ? file.bytes.byteLength : (begunOf(file, known)?.offset_bytes ?? 0);
}

/** Where the sending of one file stands. */
type Place =
  | { kind: "unknown" }
  /** The offset is what the server last told; `isSure` until a request breaks. */
  | { kind: "begun"; url: string; offset: number; isSure: boolean };

/**
 * Sends one file; returns false where the server twice got other bytes than it was told of: then the file goes with the
 * record, and a person judges it.
 */
async function send(
  file: SentFile,
  { network, line }: { network: Network; line: { pace: Pace } },
  begun: Begun | undefined,
  tell: (offset: number, underWay: number) => void,
): Promise<boolean> {
  let place: Place = begun ? { kind: "begun", url: begun.url, offset: begun.offset_bytes, isSure: true } : { kind: "unknown" };
  let breaks = 0;
  let losses = 0;
  for (;;) {
    const from = place.kind === "begun" ? place.offset : 0;
    const since = network.now();
    try {
      if (place.kind === "unknown") {
        place = { kind: "begun", url: await network.announce(file), offset: 0, isSure: true };
      } else if (!place.isSure) {
        place = { ...place, offset: await network.offsetOf(place.url), isSure: true };
      } else if (from >= file.bytes.byteLength) {
        return true;
      } else {
        const bytes = file.bytes.slice(from, from + line.pace.size);
        place = { ...place, offset: await network.sendPiece(place.url, from, bytes, (sent) => tell(from, sent)) };
        line.pace = afterPiece(line.pace, bytes.byteLength, network.now() - since);
      }
      if (place.offset > from) breaks = 0;
      tell(place.offset, 0);
    } catch (error) {
      if (place.kind === "begun" && isGone(error)) {
        losses += 1;
        if (losses > 1) return giveUp(error);
        place = { kind: "unknown" };
        continue;
      }
      breaks += 1;
      if (!isBreak(error) || breaks > PATIENCE) throw error;
      line.pace = afterBreak(line.pace);
      if (place.kind === "begun") place = { ...place, isSure: false };
      await network.pause(pauseMs(breaks, network.random()));
    }
  }
}

/** Returns how long to wait after the n-th break in a row: doubling, spread over half of it. */
export function pauseMs(breaks: number, random: number): number {
  const full = FIRST_PAUSE_MS * 2 ** (breaks - 1);
  return Math.round(full / 2 + (full / 2) * random);
}

async function patiently<T>(network: Network, work: () => Promise<T>): Promise<T> {
  for (let breaks = 1; ; breaks += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isBreak(error) || breaks > PATIENCE) throw error;
      await network.pause(pauseMs(breaks, network.random()));
    }
  }
}

/** A connection that broke, or a place that is not where it was thought to be: worth asking again at once. */
function isBreak(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.code === "network.unreachable" || error.status === 408 || error.code === "upload.offset" || error.status === 423;
}

/** The upload is over: expired, ended elsewhere, or its bytes were damaged on the way. */
function isGone(error: unknown): boolean {
  return error instanceof ApiError && [404, 410, 460].includes(error.status);
}

function giveUp(error: unknown): false {
  if (error instanceof ApiError && error.status === 460) return false;
  throw error;
}

function isMissingFiles(error: unknown): boolean {
  return error instanceof ApiError && error.code === "submission.files_missing";
}

function sizeOf(files: readonly SentFile[]): number {
  return files.reduce((sum, file) => sum + file.bytes.byteLength, 0);
}
