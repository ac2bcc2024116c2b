/** Photos as they are kept: upright JPEG, at most 1600 px and 300 KB, without metadata, judged. */
import { drawOn, encodeWithin } from "./encode";
import { reduced } from "./ladder";
import type { Photo, PhotoCode, PhotoReply, PhotoRequest, Picture, Wish } from "./photo-protocol";
import type { Way } from "./plan";
import { drawWatermark } from "./watermark";

export type { Photo, Picture, Wish } from "./photo-protocol";

/** Files larger than this are not read: no camera writes them. */
const LARGEST_FILE_BYTES = 80_000_000;

/** How long a worker without work is kept: a visit's photos often follow one another. */
const IDLE_MS = 20_000;

/** A picture that cannot be used; the code tells the person why. */
export class PhotoError extends Error {
  constructor(readonly code: PhotoCode) {
    super(code);
    this.name = "PhotoError";
  }
}

type Progress = (share: number) => void;

let worker: Worker | null = null;
/** Ends the request that the worker is at, where it dies. */
let giveUp: (() => void) | null = null;
let idle: ReturnType<typeof setTimeout> | undefined;
/** Photos are prepared one after the other: two at once need twice the memory. */
let queue: Promise<unknown> = Promise.resolve();

/** Loads what a photo will need, while the person still aims. */
export function warmUpPhotos(): void {
  post({ kind: "warm" }, []);
  rest();
}

/**
 * Returns a photo within the limits; throws [`PhotoError`]. `progress` is told shares from 0 to 1. Without `ways`, the
 * best that the browser has.
 */
export function preparePhoto(
  picture: Picture,
  wish: Wish,
  progress: Progress = () => undefined,
  ways: readonly Way[] | null = null,
): Promise<Photo> {
  return inTurn(async () => {
    if (picture instanceof Blob && picture.size === 0) throw new PhotoError("photo.empty");
    if (picture instanceof Blob && picture.size > LARGEST_FILE_BYTES) throw new PhotoError("photo.too_large");
    const reply = await ask({ kind: "prepare", picture, wish, ways }, progress);
    if (reply.kind === "prepared") return reply.photo;
    if (reply.kind !== "page" || !(picture instanceof Blob)) throw new PhotoError("photo.failed");
    const { code } = reply;
    return pagePhoto(picture, wish, progress).catch(() => {
      throw new PhotoError(code);
    });
  });
}

/** Returns a copy of a photo with lines of text on it, for people; the photo itself stays as it is. */
export function markedCopy(photo: Blob, lines: readonly string[]): Promise<Blob> {
  if (typeof OffscreenCanvas !== "function") return markedOnPage(photo, lines);
  return inTurn(async () => {
    const reply = await ask({ kind: "mark", photo, lines }, () => undefined);
    if (reply.kind !== "marked") throw new PhotoError("photo.failed");
    return reply.copy;
  });
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = queue.then(work);
  queue = done.catch(() => undefined);
  return done;
}

/** Sends a request and waits for its last reply; throws [`PhotoError`] where that is a refusal. */
function ask(request: PhotoRequest, progress: Progress): Promise<PhotoReply> {
  return new Promise((resolve, reject) => {
    const isFrame = request.kind === "prepare" && !(request.picture instanceof Blob);
    const moved = request.kind === "judge" ? [request.rgba] : isFrame ? [request.picture as ImageBitmap] : [];
    const asked = post(request, moved);
    giveUp = () => reject(new PhotoError("photo.failed"));
    asked.onmessage = ({ data }: MessageEvent<PhotoReply>) => {
      if (data.kind === "progress") return progress(data.share);
      giveUp = null;
      rest();
      if (data.kind === "failed") reject(new PhotoError(data.code));
      else resolve(data);
    };
  });
}

function post(request: PhotoRequest, moved: Transferable[]): Worker {
  clearTimeout(idle);
  worker ??= started();
  worker.postMessage(request, moved);
  return worker;
}

/** Its script may not be there to load, whatever it is asked first. */
function started(): Worker {
  const it = new Worker(new URL("./photo.worker.ts", import.meta.url), { type: "module" });
  it.onerror = it.onmessageerror = dismiss;
  return it;
}

/** Has the worker end some time after its work; while it is at one, it stays. */
function rest(): void {
  clearTimeout(idle);
  if (giveUp) return;
  idle = setTimeout(dismiss, IDLE_MS);
}

/** Ends the worker: its memory goes back to the phone. */
function dismiss(): void {
  clearTimeout(idle);
  worker?.terminate();
  worker = null;
  giveUp?.();
  giveUp = null;
}

/** Browsers turn an `<img>` upright by themselves, so drawing it needs no orientation of our own. */
async function pagePhoto(file: Blob, { limits, others }: Wish, progress: Progress): Promise<Photo> {
  const image = await loaded(file);
  const { width, height } = reduced({ width: image.naturalWidth, height: image.naturalHeight }, limits);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = contextOf(canvas);
  drawOn(context, image, width, height);
  progress(0.5);
  const rgba = context.getImageData(0, 0, width, height).data.buffer;
  const reply = await ask({ kind: "judge", rgba, width, height, others }, progress);
  progress(0.7);
  const blob = await encodeWithin(limits, (quality) => jpeg(canvas, quality));
  const judgement = reply.kind === "judged" ? reply.judgement : null;
  return { bytes: await blob.arrayBuffer(), width, height, judgement, way: "page" };
}

async function markedOnPage(photo: Blob, lines: readonly string[]): Promise<Blob> {
  const image = await loaded(photo);
  const size = { width: image.naturalWidth, height: image.naturalHeight };
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = contextOf(canvas);
  drawOn(context, image, size.width, size.height);
  drawWatermark(context, size, lines);
  return jpeg(canvas, 0.9);
}

async function loaded(file: Blob): Promise<HTMLImageElement> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("no canvas");
  return context;
}

function jpeg(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no bytes"))), "image/jpeg", quality),
  );
}
