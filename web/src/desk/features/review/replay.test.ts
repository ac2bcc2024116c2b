import { describe, expect, it } from "vitest";

import { drawnBy, replayOf } from "./replay";

const piece = (x: number, at: number) => [x, 0, x + 1, 1, x + 2, 2, 20, at];
const ink = { frame: [0, 0, 100, 50], lines: [[piece(0, 0), piece(2, 16)], [piece(9, 90_016)]] };

describe("a signature's replay", () => {
  it("takes the time it took, but for long pauses", () => {
    const replay = replayOf(ink);
    expect(replay.strokes.map((it) => it.atMs)).toEqual([0, 16, 2016]);
    expect([replay.lengthMs, replay.isCut]).toEqual([2016, true]);
    expect(replay.strokes[1]).toEqual({ d: "M2 0Q3 1 4 2", width: 20, atMs: 16 });
    expect(replayOf({ frame: [], lines: [] })).toEqual({ frame: [], strokes: [], lengthMs: 0, isCut: false });
  });

  it("shows what was drawn by then", () => {
    const replay = replayOf(ink);
    expect([-1, 0, 15, 16, 2015, 2016, 9999].map((at) => drawnBy(replay, at))).toEqual([0, 1, 1, 2, 2, 3, 3]);
  });
});
