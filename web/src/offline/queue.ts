/**
 * The states of one finished visit on its way to the server, as a pure machine: what happens next depends only on the
 * state, the event and the numbers passed in.
 *
 * ```text
 * waiting ─start─▶ sending ─acknowledged─▶ stored
 *    ▲               │ │
 *    ├── failed, may work later        └── refused ─▶ refused ─put_back─▶ waiting
 * ```
 * `sending` is never stored: a page that dies while sending finds the visit waiting, and sending it again is harmless.
 */
import type { Receipt } from "@/api/types";
import type { Progress } from "./transfer";

/** Where a finished visit stands. */
export type Upload =
  | { kind: "waiting"; tries: number; not_before: number; reason: string }
  | { kind: "sending"; tries: number; progress: Progress; left_s: number | null }
  | { kind: "stored"; receipt: Receipt; stored_at: number }
  | { kind: "refused"; code: string; params: Readonly<Record<string, string>> };

/** What can happen to it. */
export type UploadEvent =
  | { kind: "start"; total_bytes: number }
  /** `left_s`: seconds that the rest will take, `null` where nobody knows yet. */
  | { kind: "progress"; progress: Progress; left_s: number | null }
  | { kind: "acknowledged"; receipt: Receipt; now_ms: number }
  /** `has_moved`: bytes arrived that need not be sent again. */
  | { kind: "failed"; failure: SendFailure; has_moved: boolean; now_ms: number; random: number }
  | { kind: "put_back" };

/** Why sending did not work. */
export interface SendFailure {
  /** HTTP status; 0 when no answer came. */
  status: number;
  code: string;
  params: Readonly<Record<string, string>>;
  retryAfterS: number | null;
}

/** Files up to this size go with the record: one trip there and back costs more than their bytes. */
export const SMALL_BYTES = 16 * 1024;

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** No server asks for a longer pause. */
const LONGEST_PAUSE_MS = 60 * 60_000;

/** Statuses after which the same visit may well be accepted later. */
const PASSING = new Set([0, 401, 408, 425, 429]);
const FILES_MISSING = "submission.files_missing";

/** Returns the state of a visit that was just finished. */
export function freshUpload(): Upload {
  return { kind: "waiting", tries: 0, not_before: 0, reason: "" };
}

/** Returns the state after an event; an event that does not fit the state changes nothing. */
export function afterEvent(upload: Upload, event: UploadEvent): Upload {
  switch (event.kind) {
    case "start":
      return upload.kind === "waiting"
        ? { kind: "sending", tries: upload.tries + 1, progress: nothingYet(event.total_bytes), left_s: null }
        : upload;
    case "progress":
      return upload.kind === "sending"
        ? { ...upload, progress: event.progress, left_s: event.left_s }
        : upload;
    case "acknowledged":
      return upload.kind === "sending" ? { kind: "stored", receipt: event.receipt, stored_at: event.now_ms } : upload;
    case "failed":
      return upload.kind === "sending" ? afterFailure(upload.tries, event) : upload;
    case "put_back":
      return upload.kind === "refused" || upload.kind === "waiting" ? freshUpload() : upload;
  }
}

/** Returns whether a failure says nothing against the visit itself, so that it waits instead of being refused. */
export function mayWorkLater({ status, code }: SendFailure): boolean {
  return PASSING.has(status) || status >= 500 || code === "auth.csrf" || code.startsWith("upload.") || code === FILES_MISSING;
}

/** Returns how long to wait after the n-th try: doubling, at most five minutes, spread over half of it. */
export function waitMs(tries: number, random: number): number {
  const full = Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, tries - 1), LONGEST_WAIT_MS);
  return Math.round(full / 2 + (full / 2) * random);
}

/** Returns whether a visit may be sent now. A pause longer than any that is ever made is a clock that was set back. */
export function isDue(upload: Upload, nowMs: number): boolean {
  if (upload.kind !== "waiting") return false;
  return upload.not_before <= nowMs || upload.not_before - nowMs > LONGEST_PAUSE_MS;
}

/** Orders visits as they were finished, whatever the phone's clock said: by count, and before it those without one. */
export function inOrder(a: Finished, b: Finished): number {
  return (a.order ?? 0) - (b.order ?? 0) || a.finished_at - b.finished_at;
}

/** What tells the order of finished visits. */
export interface Finished {
  order?: number;
  finished_at: number;
}

/** Returns whether the server does not have it yet. */
export function isUnsent(upload: Upload): boolean {
  return upload.kind !== "stored";
}

function nothingYet(total_bytes: number): Progress {
  return { sent_bytes: 0, kept_bytes: 0, total_bytes, file: 0, n_files: 0, is_photo: false };
}

function afterFailure(tries: number, event: UploadEvent & { kind: "failed" }): Upload {
  const { failure, has_moved, now_ms, random } = event;
  if (!mayWorkLater(failure)) return { kind: "refused", code: failure.code, params: failure.params };
  const asked = Math.min((failure.retryAfterS ?? 0) * 1_000, LONGEST_PAUSE_MS);
  // A network that carries something is one to go on with.
  const counted = has_moved ? 1 : tries;
  const wait = failure.status === 401 ? 0 : Math.max(asked, waitMs(counted, random));
  return { kind: "waiting", tries: counted, not_before: now_ms + wait, reason: failure.code };
}
