/**
 * The planes in which a JPEG keeps its picture, as the browser's decoder gives them, made small in wasm: no pixel becomes
 * red, green and blue on the way.
 */
import { darkroom, type LoadedDarkroom } from "@/engine/darkroom";
import type { Darkroom, SmallPhoto } from "@/engine/evidence-contract";
import type { PictureFile } from "./decode";
import type { Limits } from "./ladder";

/** Pixels of luma for one of colour, across and down. */
const PER_COLOUR: Partial<Record<VideoPixelFormat, readonly [number, number]>> = { I420: [2, 2], I422: [2, 1], I444: [1, 1] };

/** What is made small to warm up, and how often: as large as a photo becomes, so that its memory is there. */
const WARM_UP = { width: 2000, height: 1500, edgePx: 1600, rounds: 6 } as const;

/** Returns a photo within the edge limit, upright, and takes the bytes with it; rejects where the browser gives no planes or these have other colours than a JPEG without a profile. */
export async function developed({ bytes, head }: PictureFile, limits: Limits): Promise<SmallPhoto> {
  const room = await darkroom();
  const decoder = new ImageDecoder({ data: bytes, type: head.media_type, preferAnimation: false, transfer: [bytes.buffer] });
  try {
    const { image } = await decoder.decode({ frameIndex: 0, completeFramesOnly: true });
    try {
      return await small(room, image, head.orientation, limits);
    } finally {
      image.close();
    }
  } finally {
    decoder.close();
  }
}

/** Makes noise small until the browser has compiled all of it for speed: the first photo must not wait for that. */
export async function warmUpPlanes(): Promise<void> {
  const { module, memory } = await darkroom();
  const { width, height, edgePx, rounds } = WARM_UP;
  for (let round = 0; round < rounds; round += 1) {
    const opened = module.Darkroom.open(width, height, 2, 2, edgePx, 6);
    for (; opened && opened.nextRows() > 0; opened.takeStrip()) {
      const bytes = opened.stripBytes();
      const strip = new Uint8Array(memory.buffer, opened.stripPlace(), bytes);
      for (let at = 0; at < bytes; at += 1) strip[at] = Math.imul(at, 2_654_435_761) >>> 24;
    }
    const photo = opened?.develop();
    photo?.encode(new Uint8Array([86, 50]), 100_000);
    photo?.free();
  }
}

async function small({ module, memory }: LoadedDarkroom, frame: VideoFrame, orientation: number, limits: Limits): Promise<SmallPhoto> {
  const { codedWidth: width, codedHeight: height } = frame;
  const perColour = PER_COLOUR[frame.format ?? "RGBX"];
  if (!perColour || !isPlain(frame.colorSpace)) throw new Error("no planes");
  const opened = module.Darkroom.open(width, height, ...perColour, limits.edge_px, orientation);
  if (!opened) throw new Error("no picture");
  try {
    await takeAll(opened, memory, frame);
  } catch (error) {
    opened.free();
    throw error;
  }
  const photo = opened.develop();
  if (!photo) throw new Error("rows are missing");
  return photo;
}

async function takeAll(opened: Darkroom, memory: WebAssembly.Memory, frame: VideoFrame): Promise<void> {
  for (let y = 0, rows = opened.nextRows(); rows > 0; y += rows, rows = opened.nextRows()) {
    const bytes = opened.stripBytes();
    const strip = new Uint8Array(memory.buffer, opened.stripPlace(), bytes);
    await frame.copyTo(strip, { rect: { x: 0, y, width: frame.codedWidth, height: rows } });
    opened.takeStrip();
  }
}

/** Whether colours are as in what is written: those of a JPEG that says nothing of them. */
function isPlain({ fullRange, matrix, primaries, transfer }: VideoColorSpace): boolean {
  return fullRange === true && matrix === "smpte170m" && primaries === "bt709" && transfer === "iec61966-2-1";
}
