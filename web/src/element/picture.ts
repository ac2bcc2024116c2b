/** Makes a photograph upright, as small as the form wants it, and free of metadata, on the page's own thread. */
import { drawOn, shrink, type Surface } from "@/capture/encode";
import { limitsFor } from "@/capture/ladder";

/** Returns the picture as JPEG; what this browser cannot decode is kept as it is. */
export async function smallPicture(file: Blob, maxPixels: number): Promise<Blob> {
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) return file;
  const bytes = await shrink(image, limitsFor(maxPixels), surface());
  image.close();
  return bytes.byteLength > 0 ? new Blob([bytes], { type: "image/jpeg" }) : file;
}

function surface(): Surface {
  const canvas = document.createElement("canvas");
  return {
    draw(image, width, height) {
      [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext("2d");
      if (context) drawOn(context, image, width, height);
    },
    encode: (quality) =>
      new Promise((resolve) => canvas.toBlob((it) => resolve(it ?? new Blob()), "image/jpeg", quality)),
  };
}
