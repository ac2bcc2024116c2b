/** Photos as they are kept: upright JPEG, at most 1600 px and 300 KB, without metadata. */
import { drawOn, shrink, type Surface } from "./encode";
import type { Limits } from "./ladder";
import type { PhotoReply, PhotoRequest } from "./photo.worker";

/** A picture that cannot be used; the code tells the person why. */
export class PhotoError extends Error {
  constructor(readonly code: "photo.unreadable" | "photo.heic" | "photo.empty" | "photo.failed") {
    super(code);
    this.name = "PhotoError";
  }
}

/** Returns the bytes of a photo within the limits; throws [`PhotoError`]. */
export async function preparePhoto(file: Blob, limits: Limits): Promise<ArrayBuffer> {
  if (file.size === 0) throw new PhotoError("photo.empty");
  const reply = await inWorker({ file, limits });
  if (reply.ok) return reply.bytes;
  // Old browsers cannot decode in a worker; the page itself may still be able to.
  const bytes = await onPage(file, limits).catch(() => null);
  if (bytes && bytes.byteLength > 0) return bytes;
  if (!reply.isUnreadable) throw new PhotoError("photo.failed");
  throw new PhotoError((await isHeic(file)) ? "photo.heic" : "photo.unreadable");
}

function inWorker(request: PhotoRequest): Promise<PhotoReply> {
  if (typeof OffscreenCanvas === "undefined") return Promise.resolve({ ok: false, isUnreadable: true });
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./photo.worker.ts", import.meta.url), { type: "module" });
    const settle = (reply: PhotoReply) => {
      worker.terminate();
      resolve(reply);
    };
    worker.onmessage = (event: MessageEvent<PhotoReply>) => settle(event.data);
    worker.onerror = () => settle({ ok: false, isUnreadable: false });
    worker.postMessage(request);
  });
}

/** Browsers turn an `<img>` upright by themselves, so drawing it needs no orientation of our own. */
async function onPage(file: Blob, limits: Limits): Promise<ArrayBuffer> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const upright = Object.assign(image, { width: image.naturalWidth, height: image.naturalHeight });
    return await shrink(upright, limits, pageSurface());
  } finally {
    URL.revokeObjectURL(url);
  }
}

function pageSurface(): Surface {
  const canvas = document.createElement("canvas");
  return {
    draw(image, width, height) {
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext("2d", { alpha: false });
      if (!context) throw new Error("no canvas");
      drawOn(context, image, width, height);
    },
    encode: (quality) =>
      new Promise((resolve, reject) =>
        canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no bytes"))), "image/jpeg", quality),
      ),
  };
}

/** Apple's format says so in its first box: `ftyp` and a brand of the HEIF family. */
async function isHeic(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(4, 12).arrayBuffer());
  const text = String.fromCharCode(...head);
  return /^ftyp(heic|heix|hevc|heim|heis|mif1|msf1)/.test(text);
}
