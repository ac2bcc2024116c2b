/**
 * What follows from wrong unlock codes, as a pure machine: after five in a row the phone waits, after ten the code opens
 * nothing any more. What is finished is still sent then, and the password opens what is left.
 */

/** Wrong codes after which each further one has to wait. */
export const BEFORE_WAITING = 5;
/** Wrong codes after which the people's data is erased from the phone. */
export const BEFORE_ERASING = 10;

const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 30 * 60_000;

/** What follows from one more wrong code. */
export type Consequence =
  | { kind: "again"; left: number }
  | { kind: "wait"; ms: number; left: number }
  | { kind: "erase" };

/** Returns what follows from the n-th wrong code in a row. */
export function afterWrong(n: number): Consequence {
  if (n >= BEFORE_ERASING) return { kind: "erase" };
  if (n < BEFORE_WAITING) return { kind: "again", left: BEFORE_WAITING - n };
  const ms = Math.min(FIRST_WAIT_MS * 3 ** (n - BEFORE_WAITING), LONGEST_WAIT_MS);
  return { kind: "wait", ms, left: BEFORE_ERASING - n };
}

/** Returns how long to wait still; a clock that was put back does not make it longer than it ever was. */
export function waitLeftMs(notBefore: number, nowMs: number): number {
  return Math.min(Math.max(0, notBefore - nowMs), LONGEST_WAIT_MS);
}

/** Returns why a code is too easy to guess, as a message code; `null` where it will do. */
export function codeProblem(code: string): "lock.code_length" | "lock.code_easy" | null {
  if (!/^\d{6}$/.test(code)) return "lock.code_length";
  const steps = new Set([...code].slice(1).map((digit, at) => Number(digit) - Number(code[at])));
  const [step] = steps;
  return steps.size === 1 && step !== undefined && Math.abs(step) <= 1 ? "lock.code_easy" : null;
}
