/// <reference lib="webworker" />
/**
 * Prepares photos beside the page, so that the screen stays alive: reads the head, decodes small, draws upright, encodes
 * while another thread judges. One picture at a time.
 */
import { codec } from "@/engine/codec";
import type { EvidenceModule, PhotoHead, SmallPhoto } from "@/engine/evidence-contract";
import { abilities, decode, full, ofBitmap, type Decoded, type PictureFile } from "./decode";
import { developed, warmUpDarkroom } from "./develop";
import { drawOn, encodeWithin } from "./encode";
import { checks } from "./judge";
import { judgeBeside, warmUpBeside } from "./judge-beside";
import { limitsFor, QUALITIES, reduced, type Limits } from "./ladder";
import type { Photo, PhotoCode, PhotoReply, PhotoRequest, Wish } from "./photo-protocol";
import { hasEnd, planFor, refusedUnread, unreadable, type Way } from "./plan";
import { drawWatermark } from "./watermark";

/** Bytes in which a head is looked for: a few first, then as many as a camera's notes may fill. */
const HEAD_BYTES = [65_536, 4_000_000] as const;

/** The ladder of qualities, of 100. */
const PERCENTAGES = new Uint8Array(QUALITIES.map((it) => Math.round(100 * it)));

/** The picture of a rehearsal. */
const REHEARSAL_PX = [64, 48] as const;

/** A picture small enough to be judged and encoded. */
interface Small {
  width: number;
  height: number;
  /** Its luma, or four bytes a pixel. */
  pixels: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>;
  /** Whether `encode` needs `pixels`. */
  keepsPixels: boolean;
  /** Called once. */
  encode(): Promise<ArrayBuffer>;
}

/** The end of the way for a picture. */
class Refusal extends Error {
  constructor(readonly code: PhotoCode) {
    super(code);
  }
}

type Progress = (share: number) => void;

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
      await Promise.all([warmUpBeside(), warmUpDarkroom().catch(() => undefined).then(rehearse)].map((it) => it.catch(() => undefined)));
      // Where they will be needed, they are fetched while there is a network.
      if (!abilities().hasImageDecoder) await codec().catch(() => null);
      return null;
    case "prepare":
      if (request.picture instanceof Blob) return prepare(request.picture, request.wish, request.ways, progress);
      return prepared(await drawn(ofBitmap(request.picture), request.wish), "frame", request.wish, progress);
    case "judge": {
      const { rgba, width, height, others } = request;
      const picture = { pixels: new Uint8ClampedArray(rgba), width, height, others };
      return { kind: "judged", judgement: await judgeBeside(picture, true) };
    }
    case "mark":
      return { kind: "marked", copy: await marked(request.photo, request.lines) };
  }
}

/** Goes all the way once with a tiny picture: what the browser loads and compiles on it the first photo does not wait for. */
async function rehearse(): Promise<void> {
  const canvas = new OffscreenCanvas(...REHEARSAL_PX);
  canvas.getContext("2d");
  await prepare(await canvas.convertToBlob({ type: "image/jpeg" }), { limits: limitsFor(0), others: [] }, null, () => undefined);
}

async function prepare(picture: Blob, wish: Wish, only: readonly Way[] | null, tell: Progress): Promise<PhotoReply> {
  const module = await checks();
  const bytes = new Uint8Array(await picture.arrayBuffer());
  tell(0.2);
  if (!module) {
    const code = refusedUnread(bytes) ?? (hasEnd(bytes) ? null : "photo.incomplete");
    if (code) return refuse(code);
    return prepared(await drawn(await full(picture).catch(() => refuse("photo.unreadable")), wish), "full", wish, tell);
  }
  const head = headOf(module, bytes);
  const plan = planFor(head, abilities());
  if ("code" in plan || head.kind !== "picture") return refuse("code" in plan ? plan.code : "photo.unreadable");
  if (head.media_type === "image/jpeg" && !hasEnd(bytes)) return refuse("photo.incomplete");
  const ways = only ? plan.ways.filter((it) => only.includes(it)) : plan.ways;
  for (const way of ways) {
    if (way === "page") return { kind: "page", code: unreadable(head) };
    const small = await by(way, { bytes, head }, wish).catch(() => null);
    if (small === "photo.incomplete") return refuse(small);
    if (small) return prepared(small, way, wish, tell);
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

async function by(way: Exclude<Way, "page">, file: PictureFile, wish: Wish): Promise<Small | "photo.incomplete"> {
  if (way === "darkroom") {
    const photo = await developed(file, wish.limits);
    return typeof photo === "string" ? photo : fromDarkroom(photo, wish);
  }
  if (way !== "codec") return drawn(await decode(way, file, wish.limits), wish);
  const module = await codec();
  const reduced = module.reducePhoto(file.bytes, wish.limits.edge_px);
  const { width, height } = reduced;
  const pixels = reduced.takeRgba();
  reduced.free();
  const encoded = async (quality: number) => new Blob([module.encodeJpeg(pixels, width, height, quality)]);
  return { width, height, pixels, keepsPixels: true, encode: () => bytesWithin(wish.limits, encoded) };
}

function fromDarkroom(photo: SmallPhoto, { limits }: Wish): Small {
  const { width, height } = photo;
  const encode = async () => {
    try {
      return photo.encode(PERCENTAGES, limits.size_bytes).buffer;
    } finally {
      photo.free();
    }
  };
  return { width, height, pixels: photo.luma(), keepsPixels: false, encode };
}

async function bytesWithin(limits: Limits, encoded: (quality: number) => Promise<Blob>): Promise<ArrayBuffer> {
  return (await encodeWithin(limits, encoded)).arrayBuffer();
}

/** Draws a decoded picture small and lets go of it. */
async function drawn(image: Decoded, { limits }: Wish): Promise<Small> {
  try {
    const { width, height } = reduced(image, limits);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    drawOn(context, image.source, width, height);
    const pixels = context.getImageData(0, 0, width, height).data;
    const encoded = (quality: number) => canvas.convertToBlob({ type: "image/jpeg", quality });
    return { width, height, pixels, keepsPixels: false, encode: () => bytesWithin(limits, encoded) };
  } finally {
    image.close();
  }
}

async function prepared(small: Small, way: Photo["way"], { others }: Wish, tell: Progress): Promise<PhotoReply> {
  tell(0.6);
  const { width, height, pixels } = small;
  const judging = judgeBeside({ width, height, pixels, others }, !small.keepsPixels);
  const bytes = await small.encode();
  tell(0.9);
  const judgement = await judging;
  return { kind: "prepared", photo: { bytes, width, height, judgement, way } };
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
