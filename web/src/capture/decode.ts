/** The browser's own decoders, as a worker can use them. Each gives a picture that is drawn upright. */
import type { PhotoHead } from "@/engine/evidence-contract";
import { runsDarkroom } from "@/engine/darkroom";
import { eighths, reduced, type Limits, type Size } from "./ladder";
import type { Abilities, Way } from "./plan";

/** A file that is a picture, read whole. */
export interface PictureFile {
  bytes: Uint8Array<ArrayBuffer>;
  head: Extract<PhotoHead, { kind: "picture" }>;
}

/** A decoded picture and its upright size. */
export interface Decoded extends Size {
  source: CanvasImageSource;
  close(): void;
}

/** Returns what this worker can do. */
export function abilities(): Abilities {
  const hasCanvas = typeof OffscreenCanvas === "function";
  return {
    hasImageDecoder: hasCanvas && typeof ImageDecoder === "function",
    hasDarkroom: runsDarkroom(),
    turnsFrames: typeof VideoFrame === "function" && "rotation" in VideoFrame.prototype,
    hasBitmaps: hasCanvas && typeof createImageBitmap === "function",
  };
}

/** Decodes a file by one of the browser's ways; rejects where it cannot. */
export function decode(way: Exclude<Way, "page" | "codec" | "darkroom">, file: PictureFile, limits: Limits): Promise<Decoded> {
  switch (way) {
    case "scaled":
      return scaled(file, limits);
    case "resized":
      return resized(file, limits);
    case "full":
      return full(blobOf(file));
  }
}

/** Decodes a picture of which nothing is known in full. */
export async function full(file: Blob): Promise<Decoded> {
  return ofBitmap(await createImageBitmap(file, { imageOrientation: "from-image" }));
}

/** Returns a bitmap as decoded picture. */
export function ofBitmap(bitmap: ImageBitmap): Decoded {
  return { source: bitmap, width: bitmap.width, height: bitmap.height, close: () => bitmap.close() };
}

/** The decoder leaves out what a scale of n/8 does not need: a quarter of the memory at a half. Asked for less than it has, it takes the next smaller one. */
async function scaled({ bytes, head }: PictureFile, limits: Limits): Promise<Decoded> {
  const { width, height } = eighths(head, limits);
  const decoder = new ImageDecoder({
    data: bytes,
    type: head.media_type,
    desiredWidth: width,
    desiredHeight: height,
    preferAnimation: false,
  });
  try {
    const { image } = await decoder.decode({ frameIndex: 0, completeFramesOnly: true });
    return { source: image, ...upright(head), close: () => image.close() };
  } finally {
    decoder.close();
  }
}

async function resized(file: PictureFile, limits: Limits): Promise<Decoded> {
  const { width, height } = reduced(file.head, limits);
  const options: ImageBitmapOptions = { resizeWidth: width, resizeHeight: height, resizeQuality: "high" };
  return ofBitmap(await createImageBitmap(blobOf(file), options));
}

function blobOf({ bytes, head }: PictureFile): Blob {
  return new Blob([bytes], { type: head.media_type });
}

function upright({ width, height, orientation }: PictureFile["head"]): Size {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
