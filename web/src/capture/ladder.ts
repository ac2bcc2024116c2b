/**
 * How small a photo becomes: first its longest side is brought to the limit, then its JPEG quality goes down step by
 * step, and only then its size again. Pure arithmetic; who encodes is not known here.
 */

/** What a photo may be at most. */
export interface Limits {
  /** Longest side in pixels. */
  edge_px: number;
  size_bytes: number;
}

/** One try at encoding. */
export interface Rung {
  width: number;
  height: number;
  /** JPEG quality, 0 to 1. */
  quality: number;
}

/** Longest side that a photo ever has, whatever the form allows. */
export const LARGEST_EDGE_PX = 1600;

/** Largest file of a photo. */
export const LARGEST_BYTES = 300_000;

const QUALITIES = [0.86, 0.78, 0.7, 0.62, 0.54, 0.46] as const;

/** A photo smaller than this shows nothing; rather too many bytes than too few pixels. */
const SMALLEST_EDGE_PX = 480;

const SHRINK = 0.82;

/** Returns the limits of a question; 0 where the form does not say. */
export function limitsFor(maxPixels: number): Limits {
  return { edge_px: Math.min(LARGEST_EDGE_PX, maxPixels > 0 ? maxPixels : LARGEST_EDGE_PX), size_bytes: LARGEST_BYTES };
}

/** Returns the first try for a picture of this size; a small picture is never enlarged. */
export function firstRung(width: number, height: number, limits: Limits): Rung {
  return { ...scaled(width, height, Math.min(1, limits.edge_px / Math.max(width, height))), quality: QUALITIES[0] };
}

/** Returns the next try, or `null` when the bytes are few enough or the picture cannot become smaller. */
export function nextRung(rung: Rung, sizeBytes: number, limits: Limits): Rung | null {
  if (sizeBytes <= limits.size_bytes) return null;
  const lower = QUALITIES.find((quality) => quality < rung.quality);
  if (lower !== undefined) return { ...rung, quality: lower };
  if (Math.max(rung.width, rung.height) * SHRINK < SMALLEST_EDGE_PX) return null;
  return { ...scaled(rung.width, rung.height, SHRINK), quality: 0.7 };
}

function scaled(width: number, height: number, by: number): { width: number; height: number } {
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
}
