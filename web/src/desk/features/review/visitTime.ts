/** The clock at the door: a visit is told in the visit's own UTC offset, wherever the desk stands. */
import type { Submission } from "@/api/deskTypes";
import { civil } from "@/desk/wording";

type Clock = NonNullable<Submission["clock"]>;

const MINUTE_MS = 60_000;
const BEIJING_MIN = 480;
/** A clock that is off by less is taken for right, as the server takes it. */
const TOLERANCE_MS = 10 * MINUTE_MS;

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

/** Returns what is to be added to a visit's own times: 0 where the phone's clock was right, or nothing is known of it. */
export function correctionMs(clock: Clock | null): number {
  const off = clock === null ? 0 : clock.corrected_at - clock.claimed_at;
  return Math.abs(off) > TOLERANCE_MS ? off : 0;
}

/** Returns a time with its seconds, `2026-11-21 20:14:05`. */
export function civilSecond(ms: number, offsetMin: number | null): string {
  const second = Math.floor(ms / 1000) % 60;
  return `${civil(ms, offsetMin ?? BEIJING_MIN)}:${String((second + 60) % 60).padStart(2, "0")}`;
}

/** Returns how far the truth may lie from a corrected time, as a text and what it needs; `null` where nobody knows. */
export function spread(clock: Clock): { key: string; params: Record<string, string> } | null {
  if (clock.earliest_at === null) return null;
  const [early, late] = [clock.corrected_at - clock.earliest_at, clock.latest_at - clock.corrected_at];
  const widest = Math.max(early, late, 0);
  if (widest <= MINUTE_MS) return { key: "desk.seal.within_seconds", params: { n: String(Math.ceil(widest / 1000)) } };
  const minutes = (ms: number) => String(Math.ceil(Math.max(0, ms) / MINUTE_MS));
  return { key: "desk.seal.within_minutes", params: { early: minutes(early), late: minutes(late) } };
}
