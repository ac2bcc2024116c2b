import { describe, expect, it } from "vitest";

import { fitted, padData, strokesFrom } from "./strokes";

const drawn = { width: 300, height: 200, lines: [[{ x: 0, y: 0, pressure: 0.5, time: 1 }, { x: 300, y: 200, pressure: 0.5, time: 2 }]] };

describe("a signature's strokes", () => {
  it("fit a smaller pad whole and in proportion", () => {
    const [from, to] = fitted(drawn, 150, 200).lines[0] ?? [];
    expect([from?.x, from?.y, to?.x, to?.y]).toEqual([0, 50, 150, 150]);
  });

  it("are centred, not enlarged, on a larger pad", () => {
    const [from, to] = fitted(drawn, 600, 300).lines[0] ?? [];
    expect([from?.x, from?.y, to?.x, to?.y]).toEqual([150, 50, 450, 250]);
  });

  it("pass through the pad unchanged", () => {
    expect(strokesFrom(padData(drawn), 300, 200)).toEqual(drawn);
  });
});
