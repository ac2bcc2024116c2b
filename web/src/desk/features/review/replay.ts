/** A signature drawn again in its own time. */
import type { Ink } from "@/api/deskTypes";

/** A bit of ink as SVG draws it, and when. */
export interface Stroke {
  d: string;
  width: number;
  atMs: number;
}

/** What is to be drawn, and how long it takes. */
export interface Replay {
  /** Left, top, width and height, in the units of the strokes. */
  frame: readonly number[];
  strokes: readonly Stroke[];
  lengthMs: number;
  /** Whether a pause was shortened: nobody watches a pen that rests. */
  isCut: boolean;
}

/** Longest pause that is shown. */
const LONGEST_PAUSE_MS = 2_000;

/** Speeds to choose from. */
export const SPEEDS = [0.5, 1, 2, 4] as const;

/** Prepares ink for being drawn again. */
export function replayOf({ frame, lines }: Ink): Replay {
  const strokes: Stroke[] = [];
  let [before, atMs, isCut] = [0, 0, false];
  for (const [x = 0, y = 0, bendX = 0, bendY = 0, toX = 0, toY = 0, width = 0, at = 0] of lines.flat()) {
    const pause = Math.max(0, at - before);
    isCut ||= pause > LONGEST_PAUSE_MS;
    atMs += Math.min(pause, LONGEST_PAUSE_MS);
    before = at;
    strokes.push({ d: `M${x} ${y}Q${bendX} ${bendY} ${toX} ${toY}`, width, atMs });
  }
  return { frame, strokes, lengthMs: atMs, isCut };
}

/** Returns how many strokes are there at a moment. */
export function drawnBy({ strokes }: Replay, atMs: number): number {
  const next = strokes.findIndex((it) => it.atMs > atMs);
  return next < 0 ? strokes.length : next;
}
