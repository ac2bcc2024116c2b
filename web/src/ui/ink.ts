/**
 * Points as ink, by the rule of the engine's `evidence::strokes::line`, so that the pad looks as the desk and the picture
 * do. It is written twice because a pad cannot wait for a worker; `ink-vectors.json` holds what both must make of the same
 * points.
 */
import type { StrokePoint } from "./strokes";

/** A bit of ink; places and width in eighths of a CSS pixel. */
export interface Piece {
  from: readonly [number, number];
  /** The control point of its curve. */
  bend: readonly [number, number];
  to: readonly [number, number];
  width: number;
}

/** The colour of ink. */
export const INK = "#111111";
/** Units of a piece in one CSS pixel. */
export const EIGHTHS = 8;

const THINNEST_PX = 1.2;
const RANGE_PX = 3;
const HALF_SPEED = 1.5;

/** A point as the file keeps it: in quarters of a pixel, whole milliseconds, pressure to 255. */
interface Kept {
  x: number;
  y: number;
  pressure: number;
  time: number;
}

/** One line being drawn: points go in, the ink they settle comes out. */
export class InkLine {
  #before: Kept | null = null;
  #last: Kept | null = null;
  #width = 0;

  /** Takes the next point; returns the ink around the point before, which is now known whole. */
  add(point: StrokePoint, begin: number): Piece | null {
    const next = kept(point, begin);
    const piece = this.#last ? this.#piece(this.#last, next) : null;
    this.#width = this.#last ? 0.7 * this.#width + 0.3 * wanted(speed(this.#last, next), next) : wanted(0, next);
    this.#before = this.#last;
    this.#last = next;
    return piece;
  }

  /** Returns the ink up to the last point. */
  end(): Piece | null {
    return this.#last ? this.#piece(this.#last, null) : null;
  }

  /** Returns the ink from what is settled on through points that may never come. */
  ahead(points: readonly StrokePoint[], begin: number): Piece[] {
    const copy = new InkLine();
    [copy.#before, copy.#last, copy.#width] = [this.#before, this.#last, this.#width];
    const pieces = points.map((point) => copy.add(point, begin));
    return [...pieces, copy.end()].filter((piece) => piece !== null);
  }

  #piece(point: Kept, after: Kept | null): Piece {
    const here = [2 * point.x, 2 * point.y] as const;
    const from = this.#before ? middle(this.#before, point) : here;
    const rest = this.#before ? here : ([here[0] + 1, here[1]] as const);
    return { from, bend: here, to: after ? middle(point, after) : rest, width: Math.floor(this.#width * EIGHTHS + 0.5) };
  }
}

/** Returns the ink of a whole line; `begin` is when the drawing's first point was drawn. */
export function piecesOf(line: readonly StrokePoint[], begin: number): Piece[] {
  return new InkLine().ahead(line, begin);
}

/** Draws ink; the context's unit is a CSS pixel. */
export function drawPiece(context: CanvasRenderingContext2D, { from, bend, to, width }: Piece): void {
  context.lineWidth = width / EIGHTHS;
  context.beginPath();
  context.moveTo(from[0] / EIGHTHS, from[1] / EIGHTHS);
  context.quadraticCurveTo(bend[0] / EIGHTHS, bend[1] / EIGHTHS, to[0] / EIGHTHS, to[1] / EIGHTHS);
  context.stroke();
}

/** Makes a context draw as ink does. */
export function dip(context: CanvasRenderingContext2D): void {
  context.strokeStyle = INK;
  context.lineCap = "round";
  context.lineJoin = "round";
}

function kept({ x, y, pressure, time }: StrokePoint, begin: number): Kept {
  return { x: rounded(x * 4), y: rounded(y * 4), pressure: rounded(pressure * 255), time: rounded(time - begin) };
}

/** Rounds halves away from zero, as the engine does. */
function rounded(number: number): number {
  return Math.sign(number) * Math.round(Math.abs(number));
}

function middle(a: Kept, b: Kept): readonly [number, number] {
  return [a.x + b.x, a.y + b.y];
}

function speed(before: Kept, point: Kept): number {
  const [x, y] = [(point.x - before.x) / 4, (point.y - before.y) / 4];
  return Math.sqrt(x * x + y * y) / Math.max(1, point.time - before.time);
}

function wanted(atSpeed: number, point: Kept): number {
  return THINNEST_PX + (RANGE_PX * (point.pressure / 255)) / (1 + atSpeed / HALF_SPEED);
}
