/**
 * A watermark as watermark cameras draw it: time, place, volunteer, task and receipt in the lower left corner, on a copy
 * that people pass on. The photo itself stays unmarked: it is the evidence.
 */
import type { Size } from "./ladder";

/** What a watermark tells; what is not known is left out. */
export interface Mark {
  taken_at_ms: number;
  /** Minutes east of UTC where it was taken. */
  offset_min: number;
  place: string;
  volunteer: string;
  /** Its number as people know it, e.g. `T1121-K7Q2M9`. */
  task: string;
  /** The receipt's number; empty before there is one. */
  receipt: string;
}

/** The words before what is told, in the person's language. */
export interface MarkWords {
  place: string;
  volunteer: string;
  task: string;
  receipt: string;
}

/** Height of a line, as a share of the photo's shorter side. */
const LINE_SHARE = 0.045;
/** Letters smaller than this are not read on a phone. */
const SMALLEST_LETTER_PX = 12;
const FONT = '"Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif';

/** Returns the lines of a watermark: the time where the photo was taken comes first, as on a clock. */
export function watermarkLines(mark: Mark, words: MarkWords): string[] {
  const told: [string, string][] = [
    [words.place, mark.place],
    [words.volunteer, mark.volunteer],
    [words.task, mark.task],
    [words.receipt, mark.receipt],
  ];
  const lines = told.filter(([, value]) => value.trim() !== "").map(([word, value]) => `${word}${value.trim()}`);
  return [clock(mark.taken_at_ms, mark.offset_min), ...lines];
}

/** Draws the lines over a shade that keeps them readable on snow and at night. */
export function drawWatermark(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  { width, height }: Size,
  lines: readonly string[],
): void {
  const letter = Math.max(SMALLEST_LETTER_PX, Math.round(Math.min(width, height) * LINE_SHARE));
  const line = Math.round(letter * 1.4);
  const room = width - 2 * letter;
  context.font = `500 ${letter}px ${FONT}`;
  const rows = lines.flatMap((text) => wrapped(text, (it) => context.measureText(it).width <= room));
  const top = height - rows.length * line - letter;
  const shade = context.createLinearGradient(0, top - line, 0, top + line);
  shade.addColorStop(0, "rgba(0, 0, 0, 0)");
  shade.addColorStop(1, "rgba(0, 0, 0, 0.6)");
  context.fillStyle = shade;
  context.fillRect(0, top - line, width, height - top + line);
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  for (const [at, row] of rows.entries()) context.fillText(row, letter, top + (at + 0.5) * line + letter / 2);
}

/** Breaks a text where it does not fit; a letter alone always stands. */
export function wrapped(text: string, fits: (text: string) => boolean): string[] {
  const rows: string[] = [];
  let row = "";
  for (const letter of text) {
    if (row !== "" && !fits(row + letter)) {
      rows.push(row);
      row = letter.trimStart();
    } else row += letter;
  }
  return row === "" ? rows : [...rows, row];
}

/** Returns the time that clocks show there, e.g. `2026-11-22 09:05`. */
function clock(at_ms: number, offset_min: number): string {
  return new Date(at_ms + offset_min * 60_000).toISOString().slice(0, 16).replace("T", " ");
}
