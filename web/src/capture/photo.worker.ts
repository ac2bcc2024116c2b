/// <reference lib="webworker" />
/**
 * Prepares photos beside the page, so that the screen stays alive: reads the head, decodes small, draws upright, judges,
 * encodes. One picture at a time.
 */
import { codec } from "@/engine/codec";
import { evidence } from "@/engine/evidence";
import type { EvidenceModule, PhotoHead, PhotoJudgement } from "@/engine/evidence-contract";
import { abilities, decode, full, ofBitmap, type Decoded, type PictureFile } from "./decode";
import { drawOn, encodeWithin } from "./encode";
import { reduced } from "./ladder";
import type { Photo, PhotoCode, PhotoReply, PhotoRequest, Wish } from "./photo-protocol";
import { hasEnd, planFor, unreadable, type Way } from "./plan";
import { drawWatermark } from "./watermark";

/** Bytes in which a head is looked for: a few first, then as many as a camera's notes may fill. */
const HEAD_BYTES = [65_536, 4_000_000] as const;

/** What is judged to warm up, and how often. */
const WARM_UP_PX = [640, 480] as const;
const WARM_UPS = 6;

/** A picture small enough to be judged and encoded. */
interface Small {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
  encode(quality: number): Promise<Blob>;
}

/** The end of the way for a picture. */
class Refusal extends Error {
  constructor(readonly code: PhotoCode) {
    super(code);
  }
}

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = (event: MessageEvent<PhotoRequest>) => void answer(event.data);

async function answer(request: PhotoRequest): Promise<void> {
  const reply = await replyTo(request).catch((error: unknown): PhotoReply => {
    return { kind: "failed", code: error instanceof Refusal ? error.code : "photo.failed" };
  });
  if (reply) scope.postMessage(reply, reply.kind === "prepared" ? [reply.photo.bytes] : []);
}

async function replyTo(request: PhotoRequest): Promise<PhotoReply | null> {
  switch (request.kind) {
    case "warm":
      warmed(await checks());
      // Where they will be needed, they are fetched while there is a network.
      if (!abilities().hasImageDecoder) await codec().catch(() => null);
      return null;
    case "prepare":
      if (request.picture instanceof Blob) return prepare(request.picture, request.wish, request.ways);
      return prepared(await drawn(ofBitmap(request.picture), request.wish), "frame", request.wish);
    case "judge": {
      const { rgba, width, height, others } = request;
      return { kind: "judged", judgement: await judged({ rgba: new Uint8ClampedArray(rgba), width, height }, others) };
    }
    case "mark":
      return { kind: "marked", copy: await marked(request.photo, request.lines) };
  }
}

/** Judges noise until the browser has compiled the checks for speed: the first photo must not wait for that. */
function warmed(module: EvidenceModule | null): void {
  const [width, height] = WARM_UP_PX;
  const noise = new Uint8Array(width * height * 4).map((_, at) => Math.imul(at, 2_654_435_761) >>> 24);
  for (let round = 0; round < WARM_UPS; round += 1) module?.judgePhoto(noise, width, height, "");
}

/** A phone that cannot load the checks still takes photos: the server looks at them again. */
function checks(): Promise<EvidenceModule | null> {
  return evidence().catch(() => null);
}

async function prepare(picture: Blob, wish: Wish, only: readonly Way[] | null): Promise<PhotoReply> {
  const module = await checks();
  if (!module) return prepared(await drawn(await full(picture).catch(() => refuse("photo.unreadable")), wish), "full", wish);
  const bytes = new Uint8Array(await picture.arrayBuffer());
  progress(0.2);
  const head = headOf(module, bytes);
  const plan = planFor(head, abilities());
  if ("code" in plan || head.kind !== "picture") return refuse("code" in plan ? plan.code : "photo.unreadable");
  if (head.media_type === "image/jpeg" && !hasEnd(bytes)) return refuse("photo.incomplete");
  const ways = only ? plan.ways.filter((it) => only.includes(it)) : plan.ways;
  for (const [at, way] of ways.entries()) {
    if (way === "page") return { kind: "page", after: ways.slice(at + 1), code: unreadable(head) };
    const small = await by(way, { bytes, head }, wish).catch(() => null);
    if (small) return prepared(small, way, wish);
  }
  return refuse(unreadable(head));
}

function refuse(code: PhotoCode): never {
  throw new Refusal(code);
}

function progress(share: number): void {
  scope.postMessage({ kind: "progress", share } satisfies PhotoReply);
}

function headOf(module: EvidenceModule, bytes: Uint8Array): PhotoHead {
  const read = (length: number) => JSON.parse(module.readPhotoHead(bytes.subarray(0, length))) as PhotoHead;
  const head = read(HEAD_BYTES[0]);
  return head.kind === "cut" && bytes.length > HEAD_BYTES[0] ? read(HEAD_BYTES[1]) : head;
}

async function by(way: Exclude<Way, "page">, file: PictureFile, wish: Wish): Promise<Small> {
  if (way !== "codec") return drawn(await decode(way, file, wish.limits), wish);
  const module = await codec();
  const reduced = module.reducePhoto(file.bytes, wish.limits.edge_px);
  const { width, height } = reduced;
  const rgba = new Uint8ClampedArray(reduced.takeRgba().buffer);
  reduced.free();
  return {
    width,
    height,
    rgba,
    encode: async (quality) => new Blob([module.encodeJpeg(new Uint8Array(rgba.buffer), width, height, quality)]),
  };
}

/** Draws a decoded picture small and lets go of it. */
async function drawn(image: Decoded, { limits }: Wish): Promise<Small> {
  try {
    const { width, height } = reduced(image, limits);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    drawOn(context, image.source, width, height);
    const rgba = context.getImageData(0, 0, width, height).data;
    return { width, height, rgba, encode: (quality) => canvas.convertToBlob({ type: "image/jpeg", quality }) };
  } finally {
    image.close();
  }
}

async function prepared(small: Small, way: Photo["way"], { limits, others }: Wish): Promise<PhotoReply> {
  progress(0.6);
  const judgement = await judged(small, others);
  progress(0.7);
  const blob = await encodeWithin(limits, (quality) => small.encode(quality));
  const bytes = await blob.arrayBuffer();
  return { kind: "prepared", photo: { bytes, width: small.width, height: small.height, judgement, way } };
}

async function judged(it: Pick<Small, "rgba" | "width" | "height">, others: readonly string[]): Promise<PhotoJudgement | null> {
  const judgement = (await checks())?.judgePhoto(it.rgba, it.width, it.height, others.join(" "));
  return judgement === undefined ? null : (JSON.parse(judgement) as PhotoJudgement);
}

async function marked(photo: Blob, lines: readonly string[]): Promise<Blob> {
  const { source, width, height, close } = await full(photo);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("no canvas");
  drawOn(context, source, width, height);
  close();
  drawWatermark(context, { width, height }, lines);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
}
