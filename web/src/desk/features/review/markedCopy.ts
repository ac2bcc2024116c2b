/** A copy of a photo with a watermark, drawn here from the clean copy: the photo on the server stays as it is. */
import { drawWatermark, watermarkLines, type Mark, type MarkWords } from "@/capture/watermark";

const QUALITY = 0.88;

/** Fetches a picture and returns it as JPEG with the mark drawn onto it. Throws where the picture cannot be had. */
export async function markedCopy(href: string, mark: Mark, words: MarkWords): Promise<Blob> {
  const answer = await fetch(href, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status} ${href}`);
  // Upright, as every viewer shows it.
  const picture = await createImageBitmap(await answer.blob());
  const canvas = document.createElement("canvas");
  const size = { width: picture.width, height: picture.height };
  Object.assign(canvas, size);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  context.drawImage(picture, 0, 0);
  picture.close();
  drawWatermark(context, size, watermarkLines(mark, words));
  return new Promise((resolve, reject) => {
    canvas.toBlob((it) => (it === null ? reject(new Error("no JPEG")) : resolve(it)), "image/jpeg", QUALITY);
  });
}
