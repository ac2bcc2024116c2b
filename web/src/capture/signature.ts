/** Turns a signature's strokes into the picture that the submission carries. */
import SignaturePad from "signature_pad";

import { padData, type Strokes } from "@/ui/strokes";

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
  context?.scale(scale, scale);
  context?.translate(-box.left, -box.top);
  const pad = new SignaturePad(canvas, { backgroundColor: "#ffffff", penColor: "#111111" });
  pad.off();
  paper(canvas);
  pad.fromData(padData(strokes), { clear: false });
  const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  return png ? png.arrayBuffer() : new ArrayBuffer(0);
}

/** Fills the whole picture with white, whatever the transformation in force. */
function paper(canvas: HTMLCanvasElement): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.restore();
}

/** Returns the box around the ink in the pad's pixels, with its margin. */
export function inkBox(strokes: Strokes): { left: number; top: number; width: number; height: number } {
  const points = strokes.lines.flat();
  if (points.length === 0) return { left: 0, top: 0, width: 1, height: 1 };
  const [xs, ys] = [points.map((it) => it.x), points.map((it) => it.y)];
  const [left, top] = [Math.min(...xs) - MARGIN_PX, Math.min(...ys) - MARGIN_PX];
  return { left, top, width: Math.max(...xs) + MARGIN_PX - left, height: Math.max(...ys) + MARGIN_PX - top };
}
