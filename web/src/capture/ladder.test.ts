import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { firstRung, LARGEST_BYTES, LARGEST_EDGE_PX, limitsFor, nextRung, type Rung } from "./ladder";

describe("a photo's size", () => {
  it.each([
    [4000, 3000, 0, 1600, 1200],
    [3000, 4000, 0, 1200, 1600],
    [4000, 3000, 1024, 1024, 768],
    [4000, 3000, 9000, 1600, 1200],
    [640, 480, 0, 640, 480],
    [5000, 1, 0, 1600, 1],
  ])("%i x %i with limit %i becomes %i x %i", (width, height, maxPixels, expectedWidth, expectedHeight) => {
    const rung = firstRung(width, height, limitsFor(maxPixels));
    expect([rung.width, rung.height]).toEqual([expectedWidth, expectedHeight]);
  });

  it("loses quality before it loses pixels", () => {
    const limits = limitsFor(0);
    const tries: Rung[] = [];
    for (let rung: Rung | null = firstRung(4000, 3000, limits); rung && tries.length < 8; ) {
      tries.push(rung);
      rung = nextRung(rung, LARGEST_BYTES + 1, limits);
    }
    expect(tries.map((it) => it.quality)).toEqual([0.86, 0.78, 0.7, 0.62, 0.54, 0.46, 0.7, 0.62]);
    expect(tries.map((it) => it.width)).toEqual([1600, 1600, 1600, 1600, 1600, 1600, 1312, 1312]);
  });

  it("is left alone as soon as it fits", () => {
    expect(nextRung({ width: 10, height: 10, quality: 0.86 }, LARGEST_BYTES, limitsFor(0))).toBeNull();
  });

  it("always ends, within the limit and in proportion", () => {
    const side = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(side, side, fc.nat(4000), (width, height, maxPixels) => {
        const limits = limitsFor(maxPixels);
        let n = 0;
        for (let rung: Rung | null = firstRung(width, height, limits); rung; n += 1) {
          expect(Math.max(rung.width, rung.height)).toBeLessThanOrEqual(LARGEST_EDGE_PX);
          rung = nextRung(rung, LARGEST_BYTES + 1, limits);
        }
        expect(n).toBeLessThan(60);
      }),
    );
  });
});
