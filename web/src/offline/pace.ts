/**
 * How large the next piece is: so that it takes some seconds, in which a person sees something move and a break costs
 * little; and smaller on a line that breaks. A browser whose connection is reset sends the whole request once more by
 * itself, so a piece is what a break may cost twice.
 */

/** What was learned of the line. */
export interface Pace {
  /** Bytes of the next piece. */
  readonly size: number;
  /** No piece is larger, for now. */
  readonly most: number;
  /** Pieces that got through since the last break, or since `most` was raised. */
  readonly calm: number;
}

const [SHORT_MS, LONG_MS] = [1_500, 6_000];
const LEAST = 8 * 1024;
const MOST = 256 * 1024;
/** So many pieces without a break, and larger ones are tried again. */
const CALM = 8;

/** The pace on a line that nothing is known of. */
export const FIRST_PACE: Pace = { size: 16 * 1024, most: MOST, calm: 0 };

/** Returns the pace after a piece of so many bytes that got through. */
export function afterPiece({ size, most, calm }: Pace, bytes: number, tookMs: number): Pace {
  const isCalm = calm + 1 >= CALM;
  const bound = isCalm ? Math.min(MOST, most * 2) : most;
  const next = { most: bound, calm: isCalm ? 0 : calm + 1 };
  if (tookMs > LONG_MS) return { ...next, size: Math.max(LEAST, size / 2) };
  // The last piece of a file is quick because it is short.
  const isQuick = tookMs < SHORT_MS && bytes >= size;
  return { ...next, size: isQuick ? Math.min(bound, size * 2) : size };
}

/** Returns the pace after a break. */
export function afterBreak({ size }: Pace): Pace {
  const smaller = Math.max(LEAST, size / 2);
  return { size: smaller, most: smaller, calm: 0 };
}
