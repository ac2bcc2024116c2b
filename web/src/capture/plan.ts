/**
 * Which way a picture is decoded, by what its head claims and what the browser can do. Pure: the claims decide before a
 * byte is unpacked, so that no picture, however large, takes more memory than a cheap phone has.
 *
 * Memory of each way, in bytes for a pixel of the original: a full decode 4; a scaled one of a JPEG a quarter of 4 or less,
 * and 3 more where it is progressive (all coefficients are held); the darkroom none, it holds the file and a few rows.
 */
import type { PhotoHead } from "@/engine/evidence-contract";

/** What the worker's browser has. */
export interface Abilities {
  /** `ImageDecoder`, which decodes a JPEG at a scaled size. */
  hasImageDecoder: boolean;
  /** Frames of `ImageDecoder` are drawn upright. */
  turnsFrames: boolean;
  /** The darkroom runs, which computes with many numbers at once. */
  hasDarkroom: boolean;
  /** `createImageBitmap` and a canvas in the worker. */
  hasBitmaps: boolean;
}

/** A way to decode, or to refuse. */
export type Way =
  /** A JPEG as cameras write it, a few rows at a time in wasm. */
  | "darkroom"
  /** `ImageDecoder` with a desired size. */
  | "scaled"
  /** `createImageBitmap` with a size: for pictures that stand upright in their file. */
  | "resized"
  /** `createImageBitmap` in full, then drawn small. */
  | "full"
  /** The codecs in wasm. */
  | "codec"
  /** The page's own `<img>`. */
  | "page";

/** The ways to try, best first, or the code of the refusal. */
export type Plan = { ways: Way[] } | { code: "photo.unreadable" | "photo.too_many_pixels" };

/** Most pixels that are decoded in full: 96 MB. */
const MOST_FULL = 24_000_000;
/** Most pixels of a JPEG in one pass, of which a decoder holds a few rows. */
const MOST_SCALED = 220_000_000;
/** Most pixels of a JPEG in several passes: 144 MB of coefficients. */
const MOST_PROGRESSIVE = 50_000_000;
/** Most pixels of other kinds for the codecs in wasm, which hold file and picture. */
const MOST_CODEC = 16_000_000;

const CODEC_KINDS: readonly string[] = ["image/jpeg", "image/png", "image/webp"];

/** Returns how to decode a picture. */
export function planFor(head: PhotoHead, can: Abilities): Plan {
  if (head.kind !== "picture") return { code: "photo.unreadable" };
  const pixels = head.width * head.height;
  const isJpeg = head.media_type === "image/jpeg";
  const mostScaled = head.is_progressive ? MOST_PROGRESSIVE : MOST_SCALED;
  const ways: Way[] = [];
  if (isJpeg && can.hasDarkroom && !head.is_progressive && pixels <= MOST_SCALED) ways.push("darkroom");
  const isScaled = isJpeg && can.hasImageDecoder && (head.orientation === 1 || can.turnsFrames);
  if (isScaled && pixels <= mostScaled) ways.push("scaled");
  if (pixels <= MOST_FULL && can.hasBitmaps) ways.push(head.orientation === 1 && !isHeif(head) ? "resized" : "full");
  if (CODEC_KINDS.includes(head.media_type) && pixels <= (isJpeg ? mostScaled : MOST_CODEC)) ways.push("codec");
  // Last: it holds the screen up.
  if (pixels <= MOST_FULL) ways.push("page");
  return ways.length > 0 ? { ways } : { code: "photo.too_many_pixels" };
}

/**
 * Returns why a picture is not decoded in full where nothing but its own bytes can be asked; `null` where it is. Only of a
 * JPEG is known how large it is.
 */
export function refusedUnread(bytes: Uint8Array): "photo.unreadable" | "photo.too_many_pixels" | null {
  const pixels = pixelsOfJpeg(bytes);
  if (pixels === 0) return "photo.unreadable";
  return pixels > MOST_FULL ? "photo.too_many_pixels" : null;
}

/** Returns the code of a picture that none of the ways could decode. */
export function unreadable(head: PhotoHead): "photo.heic" | "photo.unreadable" {
  return head.kind === "picture" && head.media_type === "image/heic" ? "photo.heic" : "photo.unreadable";
}

/** How these lie is not in their head. */
function isHeif(head: PhotoHead): boolean {
  return head.kind === "picture" && (head.media_type === "image/heic" || head.media_type === "image/avif");
}

/**
 * Returns whether the picture of a JPEG ends in its file. Within the compressed part no byte `ff` is followed by `d9` but
 * at the end; browsers show a cut photo with a grey rest, which is no evidence. Looked for from behind: there it mostly is.
 */
export function hasEnd(jpeg: Uint8Array): boolean {
  const scan = startOfScan(jpeg);
  for (let at = jpeg.lastIndexOf(0xff); at >= scan; at = at > 0 ? jpeg.lastIndexOf(0xff, at - 1) : -1) {
    if (jpeg[at + 1] === 0xd9) return true;
  }
  return false;
}

/** Returns where the compressed part begins, or the length where it does not. */
function startOfScan(jpeg: Uint8Array): number {
  for (const { marker, at } of segments(jpeg)) if (marker === 0xda) return at;
  return jpeg.length;
}

/** Returns how many pixels a JPEG claims; 0 where it is none. */
function pixelsOfJpeg(bytes: Uint8Array): number {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return 0;
  for (const { marker, at } of segments(bytes)) {
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return two(bytes, at + 5) * two(bytes, at + 7);
  }
  return 0;
}

/** Tells the segments of a JPEG and where they begin, up to the compressed part or to what is none. */
function* segments(jpeg: Uint8Array): Generator<{ marker: number; at: number }> {
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff; ) {
    const marker = jpeg[at + 1] ?? 0;
    const isFill = marker === 0xff;
    if (!isFill) yield { marker, at };
    if (marker === 0xda) return;
    const hasLength = !isFill && marker !== 0x01 && !(marker >= 0xd0 && marker <= 0xd8);
    at += isFill ? 1 : hasLength ? 2 + two(jpeg, at + 2) : 2;
  }
}

/** Returns a number of two bytes; 0 behind the end. */
function two(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
