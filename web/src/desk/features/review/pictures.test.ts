import { describe, expect, it } from "vitest";
import type { Answer, Attachment, Flag, PictureMatch } from "@/api/deskTypes";
import { alikeness, flagsOf, isShown, isWaiting } from "./pictures";

const flag = (reference: string, code: string): Flag => ({
  reference,
  code,
  question: "",
  text: {},
  severity: "warning",
});

const file = (over: Partial<Attachment>): Attachment => ({
  name: "a.jpg",
  sha256: "",
  media_type: "image/jpeg",
  size_bytes: 1,
  width: 1,
  height: 1,
  kind: "photo",
  question: "",
  picture: null,
  ...over,
});

const picture = { likeness: null, sharpness: null, brightness: null, extras: [], n_stray_bytes: 0, note: null };

describe("pictures of a visit", () => {
  it("have the flags of the answer that names them", () => {
    const answer: Answer = {
      reference: "/data/photo",
      name: "photo",
      group: "",
      label: "",
      value: "a.jpg",
      display: "",
      control: "upload",
      appearance: [],
    };
    const flags = [flag("/data/photo", "photo.blurred"), flag("/data/other", "photo.too_dark"), flag("", "seal.missing")];
    const codes = (name: string): string[] => flagsOf({ answers: [answer], flags }, name).map((it) => it.code);
    expect(codes("a.jpg")).toEqual(["photo.blurred"]);
    expect(codes("b.jpg")).toEqual([]);
  });

  it("are waited for until the server has looked at them", () => {
    expect(isWaiting(file({ picture: { ...picture, looked_at: null, matches: [] } }))).toBe(true);
    expect(isWaiting(file({ picture: { ...picture, looked_at: 5, matches: [] } }))).toBe(false);
    expect(isWaiting(file({ media_type: "audio/ogg" }))).toBe(false);
  });

  it("are shown where browsers can", () => {
    expect([isShown(file({})), isShown(file({ media_type: "image/heic" }))]).toEqual([true, false]);
  });

  it("are the same file, look the same, or nearly", () => {
    const match = (is_same_file: boolean, n_bits: number): PictureMatch => ({
      submission_id: "s",
      name: "a.jpg",
      label: "",
      volunteer: "",
      visited_at: 0,
      is_same_file,
      n_bits,
      erased_at: null,
    });
    expect([match(true, 0), match(false, 0), match(false, 6)].map(alikeness)).toEqual(["file", "same", "nearly"]);
  });
});
