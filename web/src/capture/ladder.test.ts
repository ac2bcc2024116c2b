import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { eighths, LARGEST_BYTES, LARGEST_EDGE_PX, limitsFor, nextStep, QUALITIES, reduced } from "./ladder";

describe("what a decoder is asked for", () => {
  it.each([
    ["12 megapixels", 4000, 3000, 2000, 1500],
    ["16 megapixels", 4608, 3456, 1728, 1296],
    ["48 megapixels", 8000, 6000, 2000, 1500],
    ["what an eighth suffices for", 12800, 100, 1600, 13],
    ["what is small", 640, 480, 640, 480],
  ])("%s: not less than is kept", (_what, width, height, expectedWidth, expectedHeight) => {
    expect(eighths({ width, height }, limitsFor(0))).toEqual({ width: expectedWidth, height: expectedHeight });
  });
});

describe("a photo's size", () => {
  it.each([
    [4000, 3000, 0, 1600, 1200],
    [3000, 4000, 0, 1200, 1600],
    [4000, 3000, 1024, 1024, 768],
    [4000, 3000, 9000, 1600, 1200],
    [640, 480, 0, 640, 480],
    [30000, 1, 0, 1600, 1],
    [1, 1, 0, 1, 1],
  ])("%i x %i with limit %i becomes %i x %i", (width, height, maxPixels, expectedWidth, expectedHeight) => {
    expect(reduced({ width, height }, limitsFor(maxPixels))).toEqual({ width: expectedWidth, height: expectedHeight });
  });

  it("stays within the limit and in proportion", () => {
    const side = fc.integer({ min: 1, max: 65_535 });
    fc.assert(
      fc.property(side, side, fc.nat(4000), (width, height, maxPixels) => {
        const size = reduced({ width, height }, limitsFor(maxPixels));
        expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(LARGEST_EDGE_PX);
        expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(1);
        expect(Math.abs(size.width * height - size.height * width)).toBeLessThanOrEqual(Math.max(width, height));
      }),
    );
  });
});

describe("a photo's quality", () => {
  const limits = limitsFor(0);

  it("is left alone as soon as the bytes fit", () => {
    expect(nextStep(0, LARGEST_BYTES, limits)).toBeNull();
  });

  it("goes down by one step where little is missing, by several where much is", () => {
    expect(nextStep(0, LARGEST_BYTES + 1, limits)).toBe(1);
    expect(nextStep(0, LARGEST_BYTES * 2, limits)).toBe(7);
  });

  it("always ends, at the lowest at worst", () => {
    fc.assert(
      fc.property(fc.integer({ min: LARGEST_BYTES + 1, max: 100_000_000 }), (size) => {
        const steps = [0];
        for (let step = nextStep(0, size, limits); step !== null; step = nextStep(step, size, limits)) {
          expect(step).toBeGreaterThan(steps.at(-1) ?? 0);
          steps.push(step);
        }
        expect(steps.at(-1)).toBe(QUALITIES.length - 1);
      }),
    );
  });
});
