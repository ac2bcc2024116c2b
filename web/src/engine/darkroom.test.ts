import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { runsDarkroom } from "./darkroom";
import type { DarkroomModule } from "./evidence-contract";

const path = (name: string) => fileURLToPath(new URL(`./wasm/${name}`, import.meta.url));
const isBuilt = existsSync(path("darkroom_bg.wasm"));

const LARGEST_BYTES = 40 * 1024;

describe.skipIf(!isBuilt)("the file that makes photos small", () => {
  it("is small enough to be fetched at a door", () => {
    expect(brotliCompressSync(readFileSync(path("darkroom_bg.wasm"))).length).toBeLessThanOrEqual(LARGEST_BYTES);
  });

  it("writes a JPEG from strips of planes, upright", async () => {
    expect(runsDarkroom()).toBe(true);
    const { Darkroom, initSync } = (await import(/* @vite-ignore */ path("darkroom.js"))) as DarkroomModule & {
      initSync(it: { module: Uint8Array }): { memory: WebAssembly.Memory };
    };
    const { memory } = initSync({ module: readFileSync(path("darkroom_bg.wasm")) });
    const room = Darkroom.open(4001, 3000, 2, 2, 1600, 6);
    if (!room) throw new Error("not opened");
    let rows = 0;
    for (let n = room.nextRows(); n > 0; n = room.nextRows()) {
      const bytes = room.stripBytes();
      expect(bytes).toBe(4001 * n + 2 * 2001 * Math.ceil(n / 2));
      new Uint8Array(memory.buffer, room.stripPlace(), bytes).fill(200);
      room.takeStrip();
      rows += n;
    }
    expect(rows).toBe(3000);
    const photo = room.develop();
    expect([photo?.width, photo?.height]).toEqual([1200, 1600]);
    expect(new Set(photo?.luma())).toEqual(new Set([200]));
    const jpeg = photo?.encode(new Uint8Array([86, 50]), 300_000) ?? new Uint8Array();
    expect([...jpeg.subarray(0, 4), ...jpeg.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9]);
  });

  it("opens nothing for what is no picture", async () => {
    const { Darkroom } = (await import(/* @vite-ignore */ path("darkroom.js"))) as DarkroomModule;
    expect(Darkroom.open(0, 3000, 2, 2, 1600, 1)).toBeUndefined();
    expect(Darkroom.open(70_000, 3, 2, 2, 1600, 1)).toBeUndefined();
    expect(Darkroom.open(640, 480, 4, 1, 1600, 1)).toBeUndefined();
  });
});
