/** Signatures as strokes: where the pen was on a pad of a certain size, whatever size it is shown at. */

/** A point of a pen's line; `pressure` from 0 to 1, `time` in milliseconds since 1970. */
export interface StrokePoint {
  x: number;
  y: number;
  pressure: number;
  time: number;
}

/** A drawing as strokes, and the size of the pad they were drawn on in CSS pixels. */
export interface Strokes {
  width: number;
  height: number;
  lines: StrokePoint[][];
}

/** Strokes as the engine's file takes them: how many points each line has, and four numbers for each point. */
export interface FlatStrokes {
  width: number;
  height: number;
  startedAtMs: number;
  lengths: Uint32Array;
  points: Float64Array;
}

/** How a drawing is shown on a pad: `shown = drawn * scale + offset`. */
export interface Fit {
  scale: number;
  left: number;
  top: number;
}

/** A drawing is made no larger than this when a larger pad shows it. */
const LARGEST_SCALE = 3;

/** Half of the widest line: ink is wider than the points it was drawn through. */
const PEN = 4;

/**
 * Returns how a drawing is shown whole, in proportion and centred on a pad of another size. Ink beside the pad it was
 * begun on counts: it was drawn on a larger one.
 */
export function fit(drawn: Strokes, width: number, height: number): Fit {
  if (drawn.width <= 0 || drawn.height <= 0) return { scale: 1, left: 0, top: 0 };
  let [left, top, right, bottom] = [0, 0, drawn.width, drawn.height];
  for (const { x, y } of drawn.lines.flat()) {
    [left, right] = [x < 0 ? Math.min(left, x - PEN) : left, x > drawn.width ? Math.max(right, x + PEN) : right];
    [top, bottom] = [y < 0 ? Math.min(top, y - PEN) : top, y > drawn.height ? Math.max(bottom, y + PEN) : bottom];
  }
  const scale = Math.min(width / (right - left), height / (bottom - top), LARGEST_SCALE);
  return { scale, left: (width - (left + right) * scale) / 2, top: (height - (top + bottom) * scale) / 2 };
}

/** Returns strokes as the engine takes them. */
export function flattened({ width, height, lines }: Strokes): FlatStrokes {
  const lengths = Uint32Array.from(lines, (line) => line.length);
  const points = new Float64Array(4 * lines.reduce((sum, line) => sum + line.length, 0));
  lines.flat().forEach(({ x, y, pressure, time }, at) => points.set([x, y, pressure, time], 4 * at));
  return { width, height, startedAtMs: Math.round(lines[0]?.[0]?.time ?? 0), lengths, points };
}
