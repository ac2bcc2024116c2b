import { describe, expect, it } from "vitest";
import { civil, firstClause, joined, pickText, placeKey, toCsv } from "./wording";

describe("wording", () => {
  it("picks the person's language, else a near one, else any", () => {
    const text = { "zh-CN": "上门", en: "visit" };
    expect(pickText(text, "zh-CN")).toBe("上门");
    expect(pickText(text, "en-GB")).toBe("visit");
    expect(pickText({ zh: "上门" }, "zh-CN")).toBe("上门");
    expect(pickText(text, "fr")).toBe("上门");
    expect(pickText("plain", "en")).toBe("plain");
    expect(pickText(null, "en")).toBe("");
  });

  it("says where a problem stands as exactly as is known", () => {
    expect(placeKey({ kind: "cell", sheet: "survey", row: 4, column: "C" })).toEqual({
      key: "desk.place.cell",
      params: { sheet: "survey", row: 4, column: "C" },
    });
    expect(placeKey({ kind: "cell", sheet: "survey", row: 4, column: "" }).key).toBe("desk.place.row");
    expect(placeKey({ kind: "cell", sheet: "survey", row: 0, column: "" }).key).toBe("desk.place.sheet");
    expect(placeKey({ kind: "form" }).key).toBe("desk.place.form");
  });

  it("shortens a code's text to what happened", () => {
    expect(firstClause("照片太模糊，请重新拍一张。")).toBe("照片太模糊");
    expect(firstClause("The photo is blurred. Take another one.")).toBe("The photo is blurred");
    expect(firstClause("没有标点")).toBe("没有标点");
  });

  it("tells the time by the clock asked for", () => {
    expect(civil(Date.parse("2026-11-21T20:30:59Z"), 480)).toBe("2026-11-22 04:30");
    expect(civil(Date.parse("2026-11-21T20:30:00Z"), -330)).toBe("2026-11-21 15:00");
  });

  it("joins as the language does", () => {
    expect(joined(["甲", "乙"], "zh-CN")).toBe("甲、乙");
    expect(joined(["a", "b"], "en")).toBe("a, b");
  });

  it("writes CSV that Excel reads and that runs nothing", () => {
    expect(
      toCsv([
        ["名", 3],
        ["=1+1", 'a,"b"'],
      ]),
    ).toBe('\uFEFF名,3\r\n\'=1+1,"a,""b"""\r\n');
  });
});
