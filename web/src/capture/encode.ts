/** Draws a picture small and encodes it within the limits: it is drawn again, so nothing of the original file is left. */
import { nextStep, QUALITIES, type Limits } from "./ladder";

/** Encodes with falling quality until the bytes are few enough. */
export async function encodeWithin(limits: Limits, encode: (quality: number) => Promise<Blob>): Promise<Blob> {
  for (let step = 0; ; ) {
    const blob = await encode(QUALITIES[step] ?? 0);
    const next = nextStep(step, blob.size, limits);
    if (next === null) return blob;
    step = next;
  }
}

/** Draws on white: a transparent picture would turn black as JPEG. */
export function drawOn(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  image: CanvasImageSource,
  width: number,
  height: number,
): void {
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
}
