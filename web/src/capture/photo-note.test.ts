import { describe, expect, it } from "vitest";

import { takenAt } from "./photo-note";

describe("when a picture was taken", () => {
  it.each<[string, object, number]>([
    ["an old one out of the gallery", new File([], "a.jpg", { lastModified: 500 }), 500],
    ["one whose file tells no time", new File([], "a.jpg", { lastModified: 0 }), 1_000],
    ["one of a clock that is ahead", new File([], "a.jpg", { lastModified: 2_000 }), 1_000],
    ["one that the page took", new Blob([]), 1_000],
  ])("%s", (_, picture, expected) => {
    expect(takenAt(picture, 1_000)).toBe(expected);
  });
});
