/**
 * A pad to sign on: fingers, pens and mice drawn at the rate at which the device tells of them, with the tail that the
 * browser predicts in front of the pen. Palms and second fingers are not the person's pen.
 *
 * Own drawing instead of a library: what is signed must look the same on the pad, at the desk and in the picture, and
 * none of the libraries draws predicted points.
 */
import { InkLine, dip, drawPiece, piecesOf } from "./ink";
import { fit, type Fit, type StrokePoint, type Strokes } from "./strokes";

/** A touch larger than this in CSS pixels is a palm. */
const PALM_PX = 56;
/** Within this time a touch that was small becomes a palm. */
const PALM_SHOWS_MS = 300;
/** A point nearer than this to the one before and sooner than this after it says nothing new. */
const NEAR_PX = 0.5;
const SOON_MS = 24;
/** What a pen presses that cannot tell. */
const MIDDLE = 0.5;

/** The two surfaces: what is drawn, and the tail above it. */
export interface Surfaces {
  ink: HTMLCanvasElement;
  tail: HTMLCanvasElement;
}

export class SignaturePad {
  #lines: StrokePoint[][] = [];
  /** The size of the pad on which the first line was drawn; the points are in its pixels. */
  #drawnOn = { width: 0, height: 0 };
  #shown = { width: 0, height: 0 };
  #fit: Fit = { scale: 1, left: 0, top: 0 };
  #pen: { id: number; kind: string; line: StrokePoint[]; ink: InkLine } | null = null;
  #hasSeenPen = false;
  #isLocked = false;
  readonly #ink: CanvasRenderingContext2D | null;
  readonly #tail: CanvasRenderingContext2D | null;
  readonly #off = new AbortController();

  /** `isTurned` says whether the pad is shown a quarter turned to the right; `onChange` hears of every finished line. */
  constructor(
    readonly surfaces: Surfaces,
    private readonly isTurned: () => boolean,
    private readonly onChange: () => void,
  ) {
    this.#ink = surfaces.ink.getContext("2d");
    this.#tail = surfaces.tail.getContext("2d", { desynchronized: true });
    const on = <K extends keyof HTMLElementEventMap>(kind: K, hear: (event: HTMLElementEventMap[K]) => void) =>
      surfaces.tail.addEventListener(kind, hear, { signal: this.#off.signal });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
    on("contextmenu", (event) => event.preventDefault());
  }

  /** Lets the surfaces go. */
  leave(): void {
    this.#off.abort();
  }

  /** A locked pad shows what is drawn and takes nothing more. */
  lock(isLocked: boolean): void {
    this.#isLocked = isLocked;
  }

  get nLines(): number {
    return this.#lines.length;
  }

  strokes(): Strokes {
    return { ...this.#drawnOn, lines: this.#lines.map((line) => line.map((it) => ({ ...it }))) };
  }

  load({ width, height, lines }: Strokes): void {
    this.#lines = lines.map((line) => line.map((it) => ({ ...it })));
    this.#drawnOn = { width, height };
    this.#restart();
  }

  undo(): void {
    this.#lines.pop();
    this.#restart();
  }

  clear(): void {
    this.#lines = [];
    this.#restart();
  }

  /** Leaves the line under way. Where nothing is drawn, somebody else may go on with a finger. */
  #restart(): void {
    this.#pen = null;
    if (this.#lines.length === 0) this.#hasSeenPen = false;
    this.#place();
  }

  /** Fits the surfaces to a place on the screen, in CSS pixels; what is drawn is shown whole in it. */
  resize(width: number, height: number): void {
    if (width === this.#shown.width && height === this.#shown.height) return;
    this.#shown = { width, height };
    const ratio = Math.max(1, devicePixelRatio);
    for (const canvas of [this.surfaces.ink, this.surfaces.tail]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.#place();
  }

  /** Shows everything anew. A pad without lines takes the size it is shown at. */
  #place(): void {
    if (this.#lines.length === 0 && !this.#pen) this.#drawnOn = { ...this.#shown };
    this.#fit = fit({ ...this.#drawnOn, lines: this.#lines }, this.#shown.width, this.#shown.height);
    for (const context of [this.#ink, this.#tail]) {
      if (!context) continue;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, context.canvas.width, context.canvas.height);
      const ratio = this.#shown.width > 0 ? context.canvas.width / this.#shown.width : 1;
      const { scale, left, top } = this.#fit;
      context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * left, ratio * top);
      dip(context);
    }
    const begin = this.#begin();
    for (const line of this.#lines) for (const piece of piecesOf(line, begin)) if (this.#ink) drawPiece(this.#ink, piece);
  }

  #begin(): number {
    return this.#lines[0]?.[0]?.time ?? this.#pen?.line[0]?.time ?? 0;
  }

  #down(event: PointerEvent): void {
    if (this.#isLocked || event.button !== 0 || this.#isPalm(event)) return;
    // The palm often lands before the pen does.
    if (this.#pen && event.pointerType === "pen" && this.#pen.kind === "touch") this.#restart();
    if (this.#pen) return;
    if (event.pointerType === "pen") this.#hasSeenPen = true;
    event.preventDefault();
    this.surfaces.tail.setPointerCapture(event.pointerId);
    this.#pen = { id: event.pointerId, kind: event.pointerType, line: [], ink: new InkLine() };
    this.#take(event);
  }

  #move(event: PointerEvent): void {
    const pen = this.#pen;
    if (pen?.id !== event.pointerId) return;
    if (this.#isPalm(event) && this.#isYoung(pen, event)) return this.#restart();
    const told = event.getCoalescedEvents?.() ?? [];
    for (const each of told.length > 0 ? told : [event]) this.#take(each);
    this.#drawTail(pen, event.getPredictedEvents?.() ?? []);
  }

  #up(event: PointerEvent): void {
    const pen = this.#pen;
    if (pen?.id !== event.pointerId) return;
    this.#pen = null;
    this.#wipeTail();
    const last = pen.ink.end();
    if (last && this.#ink) drawPiece(this.#ink, last);
    if (pen.line.length === 0) return;
    this.#lines.push(pen.line);
    this.onChange();
  }

  #cancel(event: PointerEvent): void {
    if (this.#pen?.id === event.pointerId) this.#restart();
  }

  #isPalm(event: PointerEvent): boolean {
    if (event.pointerType !== "touch") return false;
    return this.#hasSeenPen || Math.max(event.width, event.height) > PALM_PX;
  }

  /** A palm shows soon that it is one; a finger that lies down later goes on writing. */
  #isYoung({ line }: { line: StrokePoint[] }, event: PointerEvent): boolean {
    const begun = line[0]?.time ?? Infinity;
    return performance.timeOrigin + event.timeStamp - begun < PALM_SHOWS_MS;
  }

  #take(event: PointerEvent): void {
    const pen = this.#pen;
    if (!pen) return;
    const before = pen.line.at(-1);
    const point = this.#point(event, before);
    const isNear = before && Math.hypot(point.x - before.x, point.y - before.y) < NEAR_PX;
    if (isNear && point.time - before.time < SOON_MS) return;
    pen.line.push(point);
    const piece = pen.ink.add(point, this.#begin());
    if (piece && this.#ink) drawPiece(this.#ink, piece);
  }

  /** Returns where the pen is in the drawing; its time never runs backwards. */
  #point(event: PointerEvent, before: StrokePoint | undefined): StrokePoint {
    const box = this.surfaces.tail.getBoundingClientRect();
    const [x, y] = this.isTurned()
      ? [event.clientY - box.top, box.right - event.clientX]
      : [event.clientX - box.left, event.clientY - box.top];
    const { scale, left, top } = this.#fit;
    const latest = before ?? this.#lines.at(-1)?.at(-1);
    return {
      x: (x - left) / scale,
      y: (y - top) / scale,
      pressure: event.pointerType === "pen" && event.pressure > 0 ? event.pressure : MIDDLE,
      time: Math.max(performance.timeOrigin + event.timeStamp, latest?.time ?? 0),
    };
  }

  /** Draws from the ink to the pen, and on to where it will be. */
  #drawTail(pen: { line: StrokePoint[]; ink: InkLine }, predicted: readonly PointerEvent[]): void {
    const context = this.#wipeTail();
    if (!context) return;
    const ahead: StrokePoint[] = [];
    for (const event of predicted) ahead.push(this.#point(event, ahead.at(-1) ?? pen.line.at(-1)));
    for (const piece of pen.ink.ahead(ahead, this.#begin())) drawPiece(context, piece);
  }

  #wipeTail(): CanvasRenderingContext2D | null {
    const context = this.#tail;
    context?.save();
    context?.setTransform(1, 0, 0, 1, 0, 0);
    context?.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context?.restore();
    return context;
  }
}
