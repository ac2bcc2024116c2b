/** The clock at the door: a visit is told in the visit's own UTC offset, wherever the desk stands. */
import { civil } from "@/desk/wording";

const MINUTE_MS = 60_000;
const BEIJING_MIN = 480;

/** Returns `2026-11-21 20:14–20:26`; without an offset Beijing time. An end on another day is written with its day. */
export function wallClock(fromMs: number, toMs: number | null, offsetMin: number | null): string {
  const offset = offsetMin ?? BEIJING_MIN;
  const from = civil(fromMs, offset);
  if (toMs === null || toMs < fromMs) return from;
  const to = civil(toMs, offset);
  if (to === from) return from;
  return to.slice(0, 10) === from.slice(0, 10) ? `${from}–${to.slice(11)}` : `${from} – ${to}`;
}

/** Returns how long a visit took, in whole minutes, at least 1; `null` where the form does not say. */
export function durationMinutes(fromMs: number | null, toMs: number | null): number | null {
  if (fromMs === null || toMs === null || toMs < fromMs) return null;
  return Math.max(1, Math.round((toMs - fromMs) / MINUTE_MS));
}
