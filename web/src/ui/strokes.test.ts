import { describe, expect, it } from "vitest";

import { fit, flattened } from "./strokes";

describe("a signature's strokes", () => {
  it("are shown whole, in proportion and centred on a pad of another size", () => {
    const drawn = { width: 300, height: 200, lines: [] };
    expect(fit(drawn, 150, 200)).toEqual({ scale: 0.5, left: 0, top: 50 });
    expect(fit(drawn, 600, 600)).toEqual({ scale: 2, left: 0, top: 100 });
    expect(fit(drawn, 3000, 3000).scale).toBe(3);
    expect(fit({ width: 0, height: 0, lines: [] }, 150, 200)).toEqual({ scale: 1, left: 0, top: 0 });
  });

  it("are shown whole where they were drawn beside the pad they were begun on", () => {
    const at = (x: number, y: number) => ({ x, y, pressure: 0.5, time: 0 });
    const drawn = { width: 300, height: 200, lines: [[at(-150, 100), at(450, 100)]] };
    const { scale, left, top } = fit(drawn, 300, 200);
    // With half a line's width on either side.
    expect([(-150 - 4) * scale + left, (450 + 4) * scale + left].map(Math.round)).toEqual([0, 300]);
    expect(top).toBeCloseTo((200 - 200 * scale) / 2);
  });

  it("become four numbers a point", () => {
    const point = (x: number, time: number) => ({ x, y: 2, pressure: 0.5, time });
    const flat = flattened({ width: 300, height: 200, lines: [[point(1, 1000.4), point(3, 1008)], [point(5, 1500)]] });
    expect(flat.startedAtMs).toBe(1000);
    expect([...flat.lengths]).toEqual([2, 1]);
    expect([...flat.points]).toEqual([1, 2, 0.5, 1000.4, 3, 2, 0.5, 1008, 5, 2, 0.5, 1500]);
    expect(flattened({ width: 300, height: 200, lines: [] }).points.length).toBe(0);
  });
});
