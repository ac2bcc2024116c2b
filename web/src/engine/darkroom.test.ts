import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { runsDarkroom } from "./darkroom";
import type { CodecModule, DarkroomModule } from "./evidence-contract";

const path = (name: string) => fileURLToPath(new URL(`./wasm/${name}`, import.meta.url));
const isBuilt = existsSync(path("darkroom_bg.wasm"));

const LARGEST_BYTES = 40 * 1024;

/** 600 x 400 pixels. */
const LARGE = new Uint8Array(readFileSync(fileURLToPath(new URL("../../../tests/e2e/photos/coffee.jpg", import.meta.url))));

async function load(): Promise<DarkroomModule> {
  const module = (await import(/* @vite-ignore */ path("darkroom.js"))) as DarkroomModule & { initSync(it: { module: Uint8Array }): unknown };
  module.initSync({ module: readFileSync(path("darkroom_bg.wasm")) });
  return module;
}

async function loadCodec(): Promise<CodecModule> {
  const module = (await import(/* @vite-ignore */ path("codec.js"))) as CodecModule & { initSync(it: { module: Uint8Array }): unknown };
  module.initSync({ module: readFileSync(path("codec_bg.wasm")) });
  return module;
}

describe.skipIf(!isBuilt)("the file that makes photos small", () => {
  it("is small enough to be fetched at a door", () => {
    expect(brotliCompressSync(readFileSync(path("darkroom_bg.wasm"))).length).toBeLessThanOrEqual(LARGEST_BYTES);
  });

  it("makes a JPEG small and upright", async () => {
    expect(runsDarkroom()).toBe(true);
    const { developJpeg } = await load();
    const [small, again] = [developJpeg(LARGE, 240, 6), developJpeg(LARGE, 1600, 1)];
    expect([small.width, small.height, again.width, again.height]).toEqual([160, 240, 600, 400]);
    expect(small.luma()).toHaveLength(160 * 240);
    const jpeg = small.encode(new Uint8Array([86, 50]), 300_000);
    expect([...jpeg.subarray(0, 4), ...jpeg.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9]);
  });

  it("shows what the codecs show, of all pixels and of half of them", async () => {
    const { developJpeg } = await load();
    const codec = await loadCodec();
    const pixels = (jpeg: Uint8Array, edge: number) => codec.reducePhoto(jpeg, edge).takeRgba();
    for (const edge of [600, 240]) {
      const shown = pixels(developJpeg(LARGE, edge, 1).encode(new Uint8Array([95]), 1_000_000), edge);
      const wanted = pixels(LARGE, edge);
      expect(shown).toHaveLength(wanted.length);
      const apart = wanted.reduce((sum, it, at) => sum + Math.abs(it - (shown[at] ?? 0)), 0) / wanted.length;
      expect(apart).toBeLessThan(4);
    }
  });

  it("leaves to others what no camera writes, and what is broken", async () => {
    const { developJpeg } = await load();
    const said = (file: Uint8Array) => {
      try {
        return developJpeg(file, 1600, 1);
      } catch (error) {
        return error;
      }
    };
    expect(said(new Uint8Array())).toBe("photo.unreadable");
    expect(said(new Uint8Array(2000).fill(0xff))).toBe("photo.unreadable");
    const half = LARGE.slice(0, LARGE.length / 2);
    half.set([0xff, 0xd9], half.length - 2);
    expect(said(half)).toBe("photo.incomplete");
  });

  it("rehearses all of it", async () => {
    expect((await load()).rehearse()).toBeGreaterThan(1000);
  });
});
