import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { piecesOf } from "./ink";

const path = fileURLToPath(new URL("../../../wasm-forms/src/evidence/strokes/ink-vectors.json", import.meta.url));
const vectors = JSON.parse(readFileSync(path, "utf8")) as { points: [number, number, number, number][]; pieces: number[][] }[];

describe("the pad's ink", () => {
  it("is the engine's", () => {
    expect(vectors.length).toBeGreaterThan(2);
    for (const { points, pieces } of vectors) {
      const line = points.map(([x, y, pressure, time]) => ({ x, y, pressure, time }));
      const drawn = piecesOf(line, line[0]?.time ?? 0).map(({ from, bend, to, width }) => [...from, ...bend, ...to, width]);
      expect(drawn).toEqual(pieces);
    }
  });

  it("of no points is none", () => {
    expect(piecesOf([], 0)).toEqual([]);
  });
});
