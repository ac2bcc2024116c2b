import { describe, expect, it } from "vitest";

import { inkBox } from "./signature";

const point = (x: number, y: number) => ({ x, y, pressure: 0.5, time: 0 });

describe("the picture of a signature", () => {
  it("holds all ink and a margin", () => {
    const strokes = { width: 300, height: 200, lines: [[point(50, 60), point(150, 80)], [point(20, 100)]] };
    expect(inkBox(strokes)).toEqual({ left: 4, top: 44, width: 162, height: 72 });
  });

  it("of no ink is one pixel", () => {
    expect(inkBox({ width: 300, height: 200, lines: [] })).toEqual({ left: 0, top: 0, width: 1, height: 1 });
  });
});
