/** What a photo shows, as the checks in wasm see it. A phone that cannot load them still takes photos: the server looks at them again. */
import { evidence } from "@/engine/evidence";
import type { EvidenceModule, PhotoJudgement } from "@/engine/evidence-contract";

/** A picture to be judged beside the visit's others, whose fingerprints are given. */
export interface Judged {
  width: number;
  height: number;
  /** Luma, a byte a pixel, or red, green, blue and opacity. */
  pixels: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>;
  others: readonly string[];
}

/** What is judged to warm up, and how often. */
const WARM_UP_PX = [640, 480] as const;
const WARM_UPS = 6;

/** Returns the checks, or `null` where they cannot be loaded. */
export function checks(): Promise<EvidenceModule | null> {
  return evidence().catch(() => null);
}

/** Judges a picture in this thread; `null` without the checks. */
export async function judge({ pixels, width, height, others }: Judged): Promise<PhotoJudgement | null> {
  const module = await checks();
  const isLuma = pixels.length === width * height;
  const judgement = isLuma
    ? module?.judgeLuma(new Uint8Array(pixels.buffer), width, height, others.join(" "))
    : module?.judgePhoto(pixels, width, height, others.join(" "));
  return judgement === undefined ? null : (JSON.parse(judgement) as PhotoJudgement);
}

/** Judges noise until the browser has compiled the checks for speed: the first photo must not wait for that. */
export async function warmUpJudge(): Promise<void> {
  const module = await checks();
  const [width, height] = WARM_UP_PX;
  const noise = new Uint8Array(width * height * 4).map((_, at) => Math.imul(at, 2_654_435_761) >>> 24);
  for (let round = 0; round < WARM_UPS; round += 1) module?.judgePhoto(noise, width, height, "");
}
