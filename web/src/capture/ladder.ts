/**
 * How many bytes a photo becomes: its longest side is brought to the limit once, then its JPEG quality goes down until
 * the bytes are few enough. Pixels are never given up for bytes: small print has to stay readable. Pure arithmetic; who
 * encodes is not known here.
 */

/** What a photo may be at most. */
export interface Limits {
  /** Longest side in pixels. */
  edge_px: number;
  size_bytes: number;
}

/** A picture's size in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** Longest side that a photo ever has, whatever the form allows. */
export const LARGEST_EDGE_PX = 1600;

/** Largest file of a photo. */
export const LARGEST_BYTES = 300_000;

/**
 * JPEG qualities, best first, and what each leaves of the bytes of the first: the middle of real photos that are too
 * large at it. At the last, 1600 x 1200 pixels of pure noise still fit.
 */
const STEPS = [
  [0.86, 1],
  [0.82, 0.86],
  [0.78, 0.76],
  [0.74, 0.69],
  [0.7, 0.63],
  [0.65, 0.57],
  [0.6, 0.52],
  [0.54, 0.47],
  [0.48, 0.44],
  [0.42, 0.4],
  [0.36, 0.36],
  [0.3, 0.32],
  [0.24, 0.28],
  [0.18, 0.23],
  [0.12, 0.17],
  [0.06, 0.1],
  [0.02, 0.07],
] as const;

/** JPEG qualities, best first. */
export const QUALITIES: readonly number[] = STEPS.map(([quality]) => quality);

/** Returns the limits of a question; 0 where the form does not say. */
export function limitsFor(maxPixels: number): Limits {
  return { edge_px: Math.min(LARGEST_EDGE_PX, maxPixels > 0 ? maxPixels : LARGEST_EDGE_PX), size_bytes: LARGEST_BYTES };
}

/** Returns the size of a picture within the limits; a small picture is never enlarged. */
export function reduced({ width, height }: Size, limits: Limits): Size {
  const by = Math.min(1, limits.edge_px / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
}

/** Returns the least n/8 of a JPEG's size, as decoders round it, that is not smaller than what it is brought to. */
export function eighths(size: Size, limits: Limits): Size {
  const wanted = reduced(size, limits);
  const n = Math.ceil((8 * Math.max(wanted.width, wanted.height)) / Math.max(size.width, size.height));
  return { width: Math.ceil((n * size.width) / 8), height: Math.ceil((n * size.height) / 8) };
}

/**
 * Returns the step to try after one that gave so many bytes, or `null` when they are few enough or there is no lower
 * one. It is the one that will likely do: every try costs as much as the first.
 */
export function nextStep(step: number, sizeBytes: number, limits: Limits): number | null {
  if (sizeBytes <= limits.size_bytes || step >= STEPS.length - 1) return null;
  const wanted = ((STEPS[step]?.[1] ?? 1) * limits.size_bytes) / sizeBytes;
  const likely = STEPS.findIndex(([, share]) => share <= wanted);
  return likely < 0 ? STEPS.length - 1 : Math.max(step + 1, likely);
}
