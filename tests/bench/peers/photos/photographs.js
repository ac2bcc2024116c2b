/**
 * Photographs of 12 megapixels as a phone's camera leaves them, made from the two real ones of the browser tests: enlarged,
 * with the detail of a photograph laid over them, and a sensor's grain; and what they are reduced to at best. The
 * reference is reduced from the picture before it was compressed, upright, each pixel the mean of those it stands for.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

import { ROOT } from "../lib/places.js";

const SOURCES = join(ROOT, "tests", "e2e", "photos");

/** Name, source, Exif's orientation. */
export const PHOTOGRAPHS = [
  { id: "coffee, on its side", source: "coffee.jpg", orientation: 6 },
  { id: "cat, upright", source: "chelsea.jpg", orientation: 1 },
];

const WIDTH = 4000;
const HEIGHT = 3000;
const LONGEST_PX = 1600;

/** Returns photographs of pictures on this machine, on their side as phones write them. */
export function others(paths) {
  return paths.map((path) => ({ id: `${basename(path)}, on its side`, source: resolve(path), orientation: 6 }));
}

/** Returns photographs that a camera made, to be taken as they are; their reference is what they show themselves. */
export function asTheyAre(paths) {
  return paths.map((path) => ({ id: basename(path), source: resolve(path), orientation: null }));
}

/** Writes the photographs into a folder; returns them with `path` and `reference` (`width`, `height`, `luma`). */
export async function makePhotographs(page, folder, photographs) {
  await mkdir(folder, { recursive: true });
  const made = [];
  for (const [at, it] of photographs.entries()) {
    const file = await readFile(resolve(SOURCES, it.source));
    const { jpeg, reference } = await page.evaluate(draw, { source: file.toString("base64"), width: WIDTH, height: HEIGHT, longest: LONGEST_PX, orientation: it.orientation });
    const path = `photograph-${at}.jpg`;
    const bytes = it.orientation === null ? file : withOrientation(Buffer.from(jpeg, "base64"), it.orientation);
    await writeFile(join(folder, path), bytes);
    made.push({ ...it, path, size_bytes: bytes.length, reference: { ...reference, luma: Buffer.from(reference.luma, "base64") } });
  }
  return made;
}

/** In the page: stands alone, for it is sent there as text. */
async function draw({ source, width, height, longest, orientation }) {
  const image = await createImageBitmap(await (await fetch(`data:;base64,${source}`)).blob());
  if (orientation === null) [width, height] = [image.width, image.height];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const jpeg = orientation === null ? null : await withDetail();
  const pixels = context.getImageData(0, 0, width, height).data;
  const by = longest / Math.max(width, height);
  const [w, h] = [Math.round(width * by), Math.round(height * by)];
  const isTurned = orientation === 6;
  const luma = new Uint8Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const value = Math.round(mean(pixels, x / by, (x + 1) / by, y / by, (y + 1) / by));
      luma[isTurned ? x * h + (h - 1 - y) : y * w + x] = value;
    }
  }
  return { jpeg, reference: { width: isTurned ? h : w, height: isTurned ? w : h, luma: base64(luma) } };

  /** Lays detail and grain over what is drawn; returns it as a camera writes it. */
  async function withDetail() {
    // The photograph itself, small and many times, is the finest detail that a real one has.
    context.globalCompositeOperation = "overlay";
    context.globalAlpha = 0.35;
    for (let y = 0; y < height; y += image.height) for (let x = 0; x < width; x += image.width) context.drawImage(image, x, y);
    const drawn = context.getImageData(0, 0, width, height);
    let seed = 20261122;
    for (let i = 0; i < drawn.data.length; i += 4) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const grain = (seed >>> 28) - 8;
      for (const channel of [0, 1, 2]) drawn.data[i + channel] += grain;
    }
    context.putImageData(drawn, 0, 0);
    return base64(new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 })).arrayBuffer()));
  }

  function base64(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return btoa(text);
  }

  /** The mean luma of a part, its borders by their share. */
  function mean(data, left, right, top, bottom) {
    let [sum, weight] = [0, 0];
    for (let y = Math.floor(top); y < bottom; y++) {
      const down = Math.min(y + 1, bottom) - Math.max(y, top);
      for (let x = Math.floor(left); x < right; x++) {
        const share = down * (Math.min(x + 1, right) - Math.max(x, left));
        const at = (Math.min(y, height - 1) * width + Math.min(x, width - 1)) * 4;
        sum += share * (0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]);
        weight += share;
      }
    }
    return sum / weight;
  }
}

/** Puts an Exif segment with an orientation behind the first two bytes. */
function withOrientation(jpeg, orientation) {
  const body = Buffer.from("457869660000" + "4d4d002a00000008" + "0001" + "011200030000000100" + orientation.toString(16).padStart(2, "0") + "0000" + "00000000", "hex");
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}
