import { describe, expect, it } from "vitest";

import type { PhotoHead } from "@/engine/evidence-contract";
import { hasEnd, planFor, refusedUnread, unreadable, type Abilities } from "./plan";

const chromium: Abilities = { hasImageDecoder: true, hasDarkroom: true, turnsFrames: true, hasBitmaps: true };
const older: Abilities = { hasImageDecoder: false, hasDarkroom: false, turnsFrames: false, hasBitmaps: true };
const old: Abilities = { hasImageDecoder: false, hasDarkroom: false, turnsFrames: false, hasBitmaps: false };

const head = (it: Partial<Extract<PhotoHead, { kind: "picture" }>>): PhotoHead => ({
  kind: "picture",
  media_type: "image/jpeg",
  width: 4000,
  height: 3000,
  orientation: 1,
  is_progressive: false,
  ...it,
});

describe("the way a picture is decoded", () => {
  it.each<[string, PhotoHead, Abilities, string]>([
    ["12 megapixels", head({}), chromium, "darkroom scaled resized codec page"],
    ["on its side", head({ orientation: 6 }), chromium, "darkroom scaled full codec page"],
    ["a browser that computes with one number at once", head({}), { ...chromium, hasDarkroom: false }, "scaled resized codec page"],
    ["on its side, where frames are not turned", head({ orientation: 6 }), { ...chromium, turnsFrames: false }, "darkroom full codec page"],
    ["an older browser", head({}), older, "resized codec page"],
    ["a browser without a canvas in workers", head({}), old, "codec page"],
    ["48 megapixels", head({ width: 8000, height: 6000 }), chromium, "darkroom scaled codec"],
    ["48 megapixels, an older browser", head({ width: 8000, height: 6000 }), older, "codec"],
    ["12 megapixels in several passes", head({ is_progressive: true }), chromium, "scaled resized codec page"],
    ["a browser without the decoder", head({}), { ...older, hasDarkroom: true }, "darkroom resized codec page"],
    ["108 megapixels in several passes", head({ width: 12000, height: 9000, is_progressive: true }), chromium, "photo.too_many_pixels"],
    ["a bomb of 65,535 pixels square", head({ width: 65535, height: 65535 }), chromium, "photo.too_many_pixels"],
    ["a PNG", head({ media_type: "image/png" }), chromium, "resized codec page"],
    ["a PNG of 2,500 megapixels", head({ media_type: "image/png", width: 50000, height: 50000 }), chromium, "photo.too_many_pixels"],
    ["HEIC", head({ media_type: "image/heic" }), chromium, "full page"],
    ["30000 x 1", head({ width: 30000, height: 1 }), chromium, "darkroom scaled resized codec page"],
    ["no picture", { kind: "unknown" }, chromium, "photo.unreadable"],
    ["no end of its head", { kind: "cut" }, chromium, "photo.unreadable"],
  ])("%s", (_what, it, can, expected) => {
    const plan = planFor(it, can);
    expect("ways" in plan ? plan.ways.join(" ") : plan.code).toBe(expected);
  });

  it("leads to the way out where none of them works", () => {
    expect(unreadable(head({ media_type: "image/heic" }))).toBe("photo.heic");
    expect(unreadable(head({}))).toBe("photo.unreadable");
  });
});

describe("a JPEG that was cut", () => {
  const jpeg = (...rest: number[]) => new Uint8Array([0xff, 0xd8, 0xff, 0xe1, 0, 4, 0xff, 0xd9, 0xff, 0xda, 0, 2, ...rest]);

  it.each([
    ["whole", jpeg(1, 2, 0xff, 0, 3, 0xff, 0xd9), true],
    ["whole, with a film behind it", jpeg(1, 0xff, 0xd9, 7, 7, 7), true],
    ["cut in its middle; a small picture in its head has an end", jpeg(1, 2, 0xff, 0, 3), false],
    ["cut before the picture", new Uint8Array([0xff, 0xd8, 0xff, 0xe1, 0, 4, 0xff, 0xd9]), false],
    ["cut in a byte", jpeg(0xff), false],
    ["empty", new Uint8Array(0), false],
  ])("%s", (_what, bytes, expected) => {
    expect(hasEnd(bytes)).toBe(expected);
  });
});

describe("a picture of which nothing is known but its bytes", () => {
  const framed = (width: number, height: number) =>
    Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc0, 0, 11, 8, height >> 8, height, width >> 8, width, 1, 1, 0x11, 0);

  it.each<[string, Uint8Array, string | null]>([
    ["12 megapixels", framed(4000, 3000), null],
    ["48 megapixels", framed(8000, 6000), "photo.too_many_pixels"],
    ["a head that lies", framed(65_535, 65_535), "photo.too_many_pixels"],
    ["no size", Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 2), "photo.unreadable"],
    ["another kind", new TextEncoder().encode("\x89PNG\r\n and so on"), "photo.unreadable"],
    ["nothing", new Uint8Array(), "photo.unreadable"],
    ["a segment that ends nowhere", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff), "photo.unreadable"],
  ])("%s", (_, bytes, expected) => {
    expect(refusedUnread(bytes)).toBe(expected);
  });
});
