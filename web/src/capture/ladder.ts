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

/** JPEG qualities, best first; at the last, 1600 x 1200 pixels of pure noise still fit. */
export const QUALITIES = [0.86, 0.82, 0.78, 0.74, 0.7, 0.65, 0.6, 0.54, 0.48, 0.42, 0.36, 0.3, 0.24, 0.18, 0.12, 0.06, 0.02] as const;

/** What the steepest step down leaves of the bytes of real photos: counting with it never goes too far. */
const SHARE_LEFT_BY_STEP = 0.84;

/** Returns the limits of a question; 0 where the form does not say. */
export function limitsFor(maxPixels: number): Limits {
  return { edge_px: Math.min(LARGEST_EDGE_PX, maxPixels > 0 ? maxPixels : LARGEST_EDGE_PX), size_bytes: LARGEST_BYTES };
}

/** Returns the size of a picture within the limits; a small picture is never enlarged. */
export function reduced({ width, height }: Size, limits: Limits): Size {
  const by = Math.min(1, limits.edge_px / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
}

/**
 * Returns the step to try after one that gave so many bytes, or `null` when they are few enough or there is no lower
 * one. Bytes far above the limit go down several steps at once: every try costs as much as the first.
 */
export function nextStep(step: number, sizeBytes: number, limits: Limits): number | null {
  if (sizeBytes <= limits.size_bytes || step >= QUALITIES.length - 1) return null;
  const wanted = Math.log(limits.size_bytes / sizeBytes) / Math.log(SHARE_LEFT_BY_STEP);
  return Math.min(QUALITIES.length - 1, step + Math.max(1, Math.floor(wanted)));
}
