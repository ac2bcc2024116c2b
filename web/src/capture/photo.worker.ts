/// <reference lib="webworker" />
/** Shrinks photos beside the page, so that the screen stays alive while a large one is decoded. */
import { drawOn, shrink, type Surface } from "./encode";
import type { Limits } from "./ladder";

/** What the page asks for. */
export interface PhotoRequest {
  file: Blob;
  limits: Limits;
}

/** What it gets: the picture, or the step that failed. */
export type PhotoReply = { ok: true; bytes: ArrayBuffer } | { ok: false; isUnreadable: boolean };

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = async (event: MessageEvent<PhotoRequest>) => {
  const reply = await shrunk(event.data);
  scope.postMessage(reply, reply.ok ? [reply.bytes] : []);
};

async function shrunk({ file, limits }: PhotoRequest): Promise<PhotoReply> {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return { ok: false, isUnreadable: true };
  }
  try {
    return { ok: true, bytes: await shrink(image, limits, surface()) };
  } catch {
    return { ok: false, isUnreadable: false };
  } finally {
    image.close();
  }
}

function surface(): Surface {
  const canvas = new OffscreenCanvas(1, 1);
  return {
    draw(image, width, height) {
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext("2d", { alpha: false });
      if (!context) throw new Error("no canvas");
      drawOn(context, image, width, height);
    },
    encode: (quality) => canvas.convertToBlob({ type: "image/jpeg", quality }),
  };
}
