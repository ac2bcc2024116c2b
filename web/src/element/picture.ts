/** Makes a photograph upright, as small as the form wants it, and free of metadata, on the page's own thread. */
import { drawOn, encodeWithin } from "@/capture/encode";
import { limitsFor, reduced } from "@/capture/ladder";
import { refusedUnread } from "@/capture/plan";

/** Why there is no picture, as a message code. */
export class PictureError extends Error {
  constructor(readonly code: "photo.heic" | "photo.unreadable" | "photo.too_many_pixels" | "photo.failed") {
    super(code);
    this.name = "PictureError";
  }
}

/**
 * Returns the picture as JPEG; throws [`PictureError`]. What this browser cannot decode is not kept: who knows what its file
 * tells of the place where it was taken.
 */
export async function smallPicture(file: Blob, maxPixels: number): Promise<Blob> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (refusedUnread(bytes) === "photo.too_many_pixels") throw new PictureError("photo.too_many_pixels");
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) throw new PictureError(isHeif(bytes) ? "photo.heic" : "photo.unreadable");
  const limits = limitsFor(maxPixels);
  const { width, height } = reduced(image, limits);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { alpha: false });
  if (context) drawOn(context, image, width, height);
  image.close();
  const small = context ? await encodeWithin(limits, (quality) => jpeg(canvas, quality)) : new Blob();
  if (small.size === 0) throw new PictureError("photo.failed");
  return small;
}

/** HEIC and AVIF begin with the box `ftyp`. */
function isHeif(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(4, 8)) === "ftyp";
}

function jpeg(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve) => canvas.toBlob((it) => resolve(it ?? new Blob()), "image/jpeg", quality));
}
