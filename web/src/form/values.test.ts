import { describe, expect, it } from "vitest";

import { dateTimeField, dateTimeValue, halfWidth, moved, offsetText, timeField, timeValue, toggled } from "./values";

describe("values", () => {
  it.each([
    ["１２．５", "12.5"],
    ["－３", "-3"],
    ["12。5", "12.5"],
    ["42", "42"],
  ])("reads the number %s as %s", (typed, expected) => {
    expect(halfWidth(typed)).toBe(expected);
  });

  it("keeps a date and time through the field", () => {
    const value = dateTimeValue("2026-11-21T09:30");
    expect(value).toBe(`2026-11-21T09:30:00.000${offsetText(new Date("2026-11-21T09:30"))}`);
    expect(dateTimeField(value)).toBe("2026-11-21T09:30");
    expect(dateTimeValue("")).toBe("");
  });

  it("keeps a time through the field", () => {
    const value = timeValue("09:30", new Date(0));
    expect(value).toMatch(/^09:30:00\.000[+-]\d\d:\d\d$/);
    expect(timeField(value)).toBe("09:30");
  });

  it.each([
    ["", "b", "b"],
    ["b", "a", "a b"],
    ["a b", "a", "b"],
    ["gone a", "b", "a b gone"],
  ])("toggles: %j with %s gives %j", (value, choice, expected) => {
    expect(toggled(value, choice, ["a", "b", "c"])).toBe(expected);
  });

  it("moves within the list only", () => {
    expect(moved(["a", "b", "c"], 1, -1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b"], 1, 1)).toEqual(["a", "b"]);
    expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
  });
});
