/** In the page: every contestant behind one call, which takes a file and gives a JPEG of at most 300 KB. */
import imageCompression from "browser-image-compression";
import Compressor from "compressorjs";

import { limitsFor } from "@/capture/ladder";
import { preparePhoto, warmUpPhotos } from "@/capture/photo";

const EDGE_PX = 1600;
const LARGEST_BYTES = 300_000;
/** The quality ladder of everybody who has none of their own. */
const QUALITIES = [0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.25];
/** The limits as browser-image-compression is told them; it begins with a quality of its own unless a contestant's name says so. */
const WITHIN = { maxSizeMB: LARGEST_BYTES / 1024 / 1024, maxWidthOrHeight: EDGE_PX };

const ours = (ways) => async (file) => {
  const photo = await preparePhoto(file, { limits: limitsFor(0), others: [] }, undefined, ways);
  if (!photo.judgement) throw new Error("not judged");
  if (!ways.includes(photo.way)) throw new Error(`decoded by ${photo.way}`);
  return new Blob([photo.bytes], { type: "image/jpeg" });
};

const contestants = {
  "ours": ours(["darkroom"]),
  "ours (worker cold)": ours(["darkroom"]),
  "ours (decoded at n/8)": ours(["scaled"]),
  "ours (createImageBitmap)": ours(["resized", "full"]),
  "ours (img on the page)": ours(["page"]),
  "ours (codecs in wasm)": ours(["codec"]),
  "canvas": canvas,
  "browser-image-compression": (file) => imageCompression(file, { ...WITHIN, useWebWorker: false }),
  "browser-image-compression (worker)": (file) => imageCompression(file, { ...WITHIN, useWebWorker: true, libURL: new URL("/browser-image-compression.js", location.href).href }),
  "browser-image-compression (from 0.85)": (file) => imageCompression(file, { ...WITHIN, useWebWorker: false, initialQuality: QUALITIES[0] }),
  "compressorjs": compressor,
};

/** What a page does without any library: decode whole, draw small, encode until it fits. */
async function canvas(file) {
  const it = await drawn(file);
  return firstThatFits((quality) => blobOf(it, quality));
}

function blobOf(it, quality) {
  return new Promise((resolve) => it.toBlob(resolve, "image/jpeg", quality));
}

async function drawn(file) {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  const by = Math.min(1, EDGE_PX / Math.max(image.width, image.height));
  const it = Object.assign(document.createElement("canvas"), { width: Math.round(image.width * by), height: Math.round(image.height * by) });
  const context = it.getContext("2d", { alpha: false });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, it.width, it.height);
  image.close();
  return it;
}

function compressor(file) {
  return firstThatFits(
    (quality) =>
      new Promise((success, error) => new Compressor(file, { quality, maxWidth: EDGE_PX, maxHeight: EDGE_PX, mimeType: "image/jpeg", success, error })),
  );
}

async function firstThatFits(encode) {
  for (const quality of QUALITIES) {
    const blob = await encode(quality);
    if (blob.size <= LARGEST_BYTES) return blob;
  }
  throw new Error("does not fit");
}

globalThis.bench = {
  names: Object.keys(contestants),
  /** Fetches the photograph; ours loads its worker while the camera is still open, as in the app. */
  async prepare(name, path) {
    this.run = contestants[name];
    this.file = await (await fetch(path)).blob();
    if (name.startsWith("ours") && !name.endsWith("cold)")) warmUpPhotos();
  },
  /** Makes the photo once; returns how long it took. */
  async measure() {
    const begun = performance.now();
    this.result = await this.run(new File([this.file], "photo.jpg", { type: "image/jpeg" }));
    return performance.now() - begun;
  },
  /** Makes the photo as the canvas does, with the best quality of a hundred at which it has at most so many bytes. */
  async measureCanvasWithin(most) {
    const it = await drawn(new File([this.file], "photo.jpg", { type: "image/jpeg" }));
    let [least, beyond] = [1, 101];
    while (beyond - least > 1) {
      const middle = Math.floor((least + beyond) / 2);
      if ((await blobOf(it, middle / 100)).size <= most) least = middle;
      else beyond = middle;
    }
    this.result = await blobOf(it, least / 100);
  },
  /** Returns the JPEG as base64, so that it can leave the page. */
  async encoded() {
    const bytes = new Uint8Array(await this.result.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return btoa(text);
  },
};
