/**
 * How far this phone's clock is off. The server's time is heard with every answer; from then on a clock that nobody can set
 * watches the one that people set. Nothing here changes a time: a seal says what is known, the server corrects.
 *
 * The clock that nobody can set starts anew with each page and may stand still while the phone sleeps. So where the two
 * part, the truth lies between them; where the page was loaded anew, the last distance is recalled.
 */
import { shallowRef } from "vue";

import { onServerTime, reading, type Answered, type Reading } from "@/api/time";
import type { Schemas } from "@/api/types";
import { readLocal, writeLocal } from "./local";

/** What is known of the clock: server minus phone. */
export type ClockClaim = Schemas["ClockPart"];

/** The last time the server was heard. */
export interface Contact {
  /** Bounds of server minus phone then. */
  least_ms: number;
  most_ms: number;
  at: Reading;
  /** The page in whose life that was. */
  life: string;
}

/** How this phone's clock stands, for people. */
export type ClockState = { kind: "unknown" } | { kind: "right" } | { kind: "wrong"; behind_ms: number };

/** No phone sleeps or stays without a network longer than this. */
export const LONGEST_AWAY_MS = 45 * 86_400_000;
/** The two clocks may part by this much without anybody having touched one. */
const PARTED_MS = 1_000;
/** Clocks of phones go wrong by at most this share of the time. */
const DRIFT = 0.0002;
/** People are told from here on. */
const WORTH_TELLING_MS = 2 * 60_000;
const EVERY_MS = 30_000;
const STORED = "doorstep.clock";

const life = String(Math.random());
let contact: Contact | null = null;

/** How this phone's clock stands. */
export const clockState = shallowRef<ClockState>({ kind: "unknown" });

/** Begins to listen and to watch; returns a function that stops it. */
export function watchClock(): () => void {
  contact = readContact(readLocal(STORED));
  onServerTime((answered) => hear(answered));
  const look = () => (clockState.value = stateOf(claimNow()));
  const timer = setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

/** Returns what is known of the clock now; `null` where the server was never heard. */
export function claimNow(): ClockClaim | null {
  return contact && claim(contact, reading(), life);
}

function hear(answered: Answered): void {
  const now = reading();
  contact = better(contact, contactOf(answered, life), now);
  writeLocal(STORED, JSON.stringify(contact));
  clockState.value = stateOf(claim(contact, now, life));
}

/** Returns what an answer tells: the server's time was read while it was under way. */
export function contactOf({ server_ms, sent, got }: Answered, inLife: string): Contact {
  const trip_ms = Math.max(0, Math.ceil(got.steady_ms - sent.steady_ms)) + 1;
  const least_ms = server_ms - got.wall_ms;
  return { least_ms, most_ms: least_ms + trip_ms, at: got, life: inLife };
}

/** Returns the contact that says more now: a slow answer does not replace a quick one of a moment ago. */
export function better(known: Contact | null, fresh: Contact, now: Reading): Contact {
  const before = known && claim(known, now, fresh.life);
  const after = claim(fresh, now, fresh.life);
  const isKept =
    known && before?.basis === "steady" && before.most_ms - before.least_ms < after.most_ms - after.least_ms;
  return isKept ? known : fresh;
}

/** Returns what a contact says of the clock later. */
export function claim(contact: Contact, now: Reading, inLife: string): ClockClaim {
  const wall = now.wall_ms - contact.at.wall_ms;
  const likely_ms = Math.round((contact.least_ms + contact.most_ms) / 2);
  if (contact.life !== inLife) {
    // The server's time does not go back, whatever the phone's does.
    if (wall < -PARTED_MS) return away(contact.least_ms - wall);
    const slack = Math.ceil(Math.abs(wall) * DRIFT);
    return { basis: "recalled", least_ms: Math.round(contact.least_ms - slack), likely_ms, most_ms: Math.round(contact.most_ms + slack) };
  }
  const steady = now.steady_ms - contact.at.steady_ms;
  const parted = wall - steady;
  const drift = Math.ceil(Math.abs(steady) * DRIFT);
  if (Math.abs(parted) <= PARTED_MS + drift) {
    const slack = drift + Math.ceil(Math.abs(parted));
    return { basis: "steady", least_ms: Math.round(contact.least_ms - slack), likely_ms, most_ms: Math.round(contact.most_ms + slack) };
  }
  const by_steady = Math.round(contact.least_ms - parted) - drift;
  if (parted < 0 || parted > LONGEST_AWAY_MS) return away(by_steady);
  return { basis: "jumped", least_ms: by_steady, likely_ms, most_ms: Math.round(contact.most_ms) + drift };
}

/** The clock was certainly set: at least the time that was measured has passed, and sleep beside it. */
function away(least_ms: number): ClockClaim {
  const least = Math.round(least_ms);
  return { basis: "jumped", least_ms: least, likely_ms: least, most_ms: least + LONGEST_AWAY_MS };
}

/** Returns what people should know: a clock is wrong where the bounds do not allow it to be right. */
export function stateOf(known: ClockClaim | null): ClockState {
  if (!known) return { kind: "unknown" };
  const isRight = known.least_ms <= WORTH_TELLING_MS && known.most_ms >= -WORTH_TELLING_MS;
  return isRight ? { kind: "right" } : { kind: "wrong", behind_ms: known.likely_ms };
}

/** Reads what was stored; `null` where it is not that. */
export function readContact(text: string | null): Contact | null {
  try {
    const it = JSON.parse(text ?? "null") as Partial<Contact> | null;
    const numbers = [it?.least_ms, it?.most_ms, it?.at?.wall_ms, it?.at?.steady_ms];
    return it && numbers.every((number) => Number.isFinite(number)) && typeof it.life === "string" ? (it as Contact) : null;
  } catch {
    return null;
  }
}
