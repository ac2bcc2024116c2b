/** Makes a photograph upright, as small as the form wants it, and free of metadata, on the page's own thread. */
import { drawOn, encodeWithin } from "@/capture/encode";
import { limitsFor, reduced } from "@/capture/ladder";

/** Returns the picture as JPEG; what this browser cannot decode is kept as it is. */
export async function smallPicture(file: Blob, maxPixels: number): Promise<Blob> {
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) return file;
  const limits = limitsFor(maxPixels);
  const { width, height } = reduced(image, limits);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { alpha: false });
  if (context) drawOn(context, image, width, height);
  image.close();
  const small = await encodeWithin(limits, (quality) => jpeg(canvas, quality));
  return small.size > 0 ? small : file;
}

function jpeg(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve) => canvas.toBlob((it) => resolve(it ?? new Blob()), "image/jpeg", quality));
}
