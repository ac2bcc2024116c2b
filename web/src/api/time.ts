/** The server's time, which every answer of its API tells, with what the device's two clocks said around it. */

/** What the device's clocks show: the one that people set, and the one that nobody can. */
export interface Reading {
  /** Milliseconds since 1970, as the device believes. */
  wall_ms: number;
  /** Milliseconds of a clock that only goes forward, from an unknown start; it may stand still while the device sleeps. */
  steady_ms: number;
}

/** An answer of the server: its time lies between two readings. */
export interface Answered {
  server_ms: number;
  sent: Reading;
  got: Reading;
}

type Listener = (answered: Answered) => void;

const HEADER = "x-doorstep-time";

let listener: Listener = () => undefined;

/** Reads both clocks. */
export function reading(): Reading {
  return { wall_ms: Date.now(), steady_ms: performance.now() };
}

/** Sets who hears of the server's time. */
export function onServerTime(hear: Listener): void {
  listener = hear;
}

/** Passes on the time of an answer. `header` reads one of its headers. */
export function tellTime(header: (name: string) => string | null, sent: Reading): void {
  const server_ms = Number(header(HEADER) ?? Number.NaN);
  if (Number.isSafeInteger(server_ms) && server_ms > 0) listener({ server_ms, sent, got: reading() });
}
