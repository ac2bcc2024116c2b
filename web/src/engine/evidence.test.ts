import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import type { EvidenceModule, PhotoJudgement } from "./evidence-contract";

const path = (name: string) => fileURLToPath(new URL(`./wasm/${name}`, import.meta.url));
const isBuilt = existsSync(path("evidence_bg.wasm"));

const LARGEST_BYTES = 40 * 1024;

async function load(): Promise<EvidenceModule> {
  const module = (await import(/* @vite-ignore */ path("evidence.js"))) as EvidenceModule & { initSync(it: { module: Uint8Array }): void };
  module.initSync({ module: readFileSync(path("evidence_bg.wasm")) });
  return module;
}

/** Returns a picture of four bytes a pixel. */
function picture(width: number, height: number, grey: (x: number, y: number) => number): Uint8Array {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let at = 0; at < width * height; at += 1) rgba.fill(grey(at % width, Math.floor(at / width)), at * 4, at * 4 + 3);
  return rgba;
}

describe.skipIf(!isBuilt)("the file that checks photos", () => {
  it("is small enough to be fetched at a door", () => {
    expect(brotliCompressSync(readFileSync(path("evidence_bg.wasm"))).length).toBeLessThanOrEqual(LARGEST_BYTES);
  });

  it("says what is wrong, and which other photo shows the same", async () => {
    const { judgePhoto } = await load();
    const judge = (rgba: Uint8Array, others: string) => JSON.parse(judgePhoto(rgba, 640, 480, others) ?? "null") as PhotoJudgement;
    const tiles = picture(640, 480, (x, y) => ((x >> 5) ^ (y >> 4)) % 3 === 0 ? 30 : 220);
    const first = judge(tiles, "");
    expect(first).toEqual({ measure: 2, sharpness: first.sharpness, brightness: first.brightness, likeness: expect.stringMatching(/^[0-9a-f]{16}$/), findings: [] });
    expect(judge(tiles, `0123456789abcdef ${first.likeness}`).findings).toEqual(["photo.like_another"]);
    expect(judge(picture(640, 480, () => 8), "").findings).toContain("photo.too_dark");
    expect(judge(picture(640, 480, () => 255), "").findings).toContain("photo.too_bright");
  });

  it("judges no picture that is not whole", async () => {
    const { judgePhoto } = await load();
    expect(judgePhoto(new Uint8Array(400), 10, 11, "")).toBeUndefined();
    expect(judgePhoto(new Uint8Array(0), 0, 0, "")).toBeUndefined();
  });
});
