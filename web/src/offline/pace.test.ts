import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { afterBreak, afterPiece, FIRST_PACE, type Pace } from "./pace";

const KB = 1024;

/** The sizes of pieces on a line of so many bytes a second, there and back in `rttMs`. */
function sizes(bytesPerS: number, rttMs: number, n: number): number[] {
  let pace = FIRST_PACE;
  return Array.from({ length: n }, () => {
    pace = afterPiece(pace, pace.size, rttMs + (pace.size / bytesPerS) * 1000);
    return pace.size / KB;
  });
}

describe("the size of pieces", () => {
  it("fits the line", () => {
    expect(sizes(12_500, 600, 3)).toEqual([16, 16, 16]);
    expect(sizes(1_000_000, 60, 5)).toEqual([32, 64, 128, 256, 256]);
    expect(sizes(2_500, 600, 4)).toEqual([8, 8, 8, 8]);
  });

  it("stays small for a while on a line that breaks", () => {
    let pace = afterBreak(afterBreak(FIRST_PACE));
    expect(pace.size).toBe(8 * KB);
    expect(afterPiece(FIRST_PACE, 300, 100).size).toBe(FIRST_PACE.size);
    const after = Array.from({ length: 16 }, () => (pace = afterPiece(pace, pace.size, 100)).size / KB);
    expect(after).toEqual([8, 8, 8, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16, 32]);
  });

  it("is never none, and never a whole album", () => {
    const steps = fc.array(fc.oneof(fc.nat(100_000), fc.constant("break" as const)));
    fc.assert(
      fc.property(steps, (steps) => {
        let pace: Pace = FIRST_PACE;
        for (const step of steps) {
          pace = step === "break" ? afterBreak(pace) : afterPiece(pace, pace.size, step);
          expect(pace.size).toBeGreaterThanOrEqual(8 * KB);
          expect(pace.size).toBeLessThanOrEqual(pace.most);
          expect(pace.most).toBeLessThanOrEqual(256 * KB);
        }
      }),
    );
  });
});
