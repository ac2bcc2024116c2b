import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { watermarkLines, wrapped } from "./watermark";

const words = { place: "地点：", volunteer: "志愿者：", task: "任务：", receipt: "回执号：" };

describe("a watermark", () => {
  it("tells time, place, volunteer, task and receipt", () => {
    const taken_at_ms = Date.UTC(2026, 10, 22, 1, 5);
    const mark = { taken_at_ms, offset_min: 480, place: "幸福里 3 栋", volunteer: "王敏", task: "T1121-K7Q2M9", receipt: "20261121-ABCDEF" };
    expect(watermarkLines(mark, words)).toEqual([
      "2026-11-22 09:05",
      "地点：幸福里 3 栋",
      "志愿者：王敏",
      "任务：T1121-K7Q2M9",
      "回执号：20261121-ABCDEF",
    ]);
  });

  it("leaves out what nobody knows", () => {
    expect(watermarkLines({ taken_at_ms: 0, offset_min: 480, place: " ", volunteer: "王敏", task: "", receipt: "" }, words)).toHaveLength(2);
  });

  it("breaks lines that do not fit and loses no letter", () => {
    const letters = fc.array(fc.constantFrom(..."门牌𬭎a1"), { maxLength: 40 }).map((it) => it.join(""));
    fc.assert(
      fc.property(letters, fc.integer({ min: 1, max: 9 }), (text, most) => {
        const rows = wrapped(text, (it) => [...it].length <= most);
        expect(rows.join("")).toBe(text);
        expect(rows.every((it) => [...it].length <= most)).toBe(true);
      }),
    );
  });
});
