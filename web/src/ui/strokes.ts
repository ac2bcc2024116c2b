/** Signatures as strokes: independent of the drawing library, and of the size of the screen they were drawn on. */
import type { PointGroup } from "signature_pad";

/** A point of a pen's line; `time` in milliseconds. */
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

const LINE = { penColor: "#111111", dotSize: 0, minWidth: 1.2, maxWidth: 3.2, velocityFilterWeight: 0.7 };

/** Returns the strokes of a pad of `width` × `height` CSS pixels. */
export function strokesFrom(data: PointGroup[], width: number, height: number): Strokes {
  return { width, height, lines: data.map((line) => line.points.map(({ x, y, pressure, time }) => ({ x, y, pressure, time }))) };
}

/** Returns strokes as the pad takes them. */
export function padData(strokes: Strokes): PointGroup[] {
  return strokes.lines.map((points) => ({ ...LINE, compositeOperation: "source-over" as const, points: points.map((it) => ({ ...it })) }));
}

/** Returns strokes scaled evenly to fit a pad of another size, centred; never enlarged, so that the line stays true. */
export function fitted(strokes: Strokes, width: number, height: number): Strokes {
  if (strokes.width === 0 || strokes.height === 0) return { ...strokes, width, height };
  const scale = Math.min(width / strokes.width, height / strokes.height, 1);
  const [left, top] = [(width - strokes.width * scale) / 2, (height - strokes.height * scale) / 2];
  const lines = strokes.lines.map((line) => line.map((it) => ({ ...it, x: it.x * scale + left, y: it.y * scale + top })));
  return { width, height, lines };
}
