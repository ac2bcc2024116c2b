/** Turns a signature's strokes into a picture, where nobody else does: on a page that only embeds a form. */
import { dip, drawPiece, piecesOf } from "@/ui/ink";
import type { Strokes } from "@/ui/strokes";

const LONGEST_PX = 800;
const MARGIN_PX = 16;

/** Returns a PNG of the ink with a small margin, at most 800 px long, black on white. */
export async function signaturePng(strokes: Strokes): Promise<ArrayBuffer> {
  const box = inkBox(strokes);
  const scale = Math.min(2, LONGEST_PX / Math.max(box.width, box.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(box.width * scale);
  canvas.height = Math.round(box.height * scale);
  const context = canvas.getContext("2d");
  if (context) {
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.scale(scale, scale);
    context.translate(-box.left, -box.top);
    dip(context);
    const begin = strokes.lines[0]?.[0]?.time ?? 0;
    for (const line of strokes.lines) for (const piece of piecesOf(line, begin)) drawPiece(context, piece);
  }
  const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  return png ? png.arrayBuffer() : new ArrayBuffer(0);
}

/** Returns the box around the ink in the pad's pixels, with its margin. */
export function inkBox(strokes: Strokes): { left: number; top: number; width: number; height: number } {
  const points = strokes.lines.flat();
  if (points.length === 0) return { left: 0, top: 0, width: 1, height: 1 };
  const [xs, ys] = [points.map((it) => it.x), points.map((it) => it.y)];
  const [left, top] = [Math.min(...xs) - MARGIN_PX, Math.min(...ys) - MARGIN_PX];
  return { left, top, width: Math.max(...xs) + MARGIN_PX - left, height: Math.max(...ys) + MARGIN_PX - top };
}
