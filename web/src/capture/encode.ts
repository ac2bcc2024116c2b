/** Makes a photo upright, small and free of metadata: it is drawn again, so nothing of the original file is left. */
import { firstRung, nextRung, type Limits, type Rung } from "./ladder";

/** A canvas, on the page or in a worker. */
export interface Surface {
  draw(image: CanvasImageSource, width: number, height: number): void;
  encode(quality: number): Promise<Blob>;
}

/** Draws and encodes a decoded picture until it fits. The picture is upright already. */
export async function shrink(
  image: CanvasImageSource & { width: number; height: number },
  limits: Limits,
  surface: Surface,
): Promise<ArrayBuffer> {
  let rung: Rung | null = firstRung(image.width, image.height, limits);
  let drawn = { width: 0, height: 0 };
  let best: Blob | null = null;
  while (rung) {
    if (rung.width !== drawn.width || rung.height !== drawn.height) surface.draw(image, rung.width, rung.height);
    drawn = rung;
    best = await surface.encode(rung.quality);
    rung = nextRung(rung, best.size, limits);
  }
  return best ? best.arrayBuffer() : new ArrayBuffer(0);
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
