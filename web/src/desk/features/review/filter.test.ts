import { describe, expect, it } from "vitest";
import { filterFromQuery, NO_FILTER, queryFromFilter, sameFilter } from "./filter";

describe("the queue's filter in the URL", () => {
  it("comes back as it went", () => {
    const filter = {
      ...NO_FILTER,
      state: "received",
      grid: "G07",
      flag: "answer.constraint",
      outcome: "absent",
      from: "2026-11-01",
      to: "2026-11-21",
      without_photos: "true",
      q: "孔月芳",
      sort: "flags",
    } as const;
    expect(filterFromQuery(queryFromFilter(filter))).toEqual(filter);
  });

  it("leaves out what is empty and trims what is typed", () => {
    expect(queryFromFilter(NO_FILTER)).toEqual({});
    expect(queryFromFilter({ ...NO_FILTER, q: "  月芳 " })).toEqual({ q: "月芳" });
  });

  it("takes an unknown state or a foreign shape as any", () => {
    expect(filterFromQuery({ state: "lost", q: null, grid: ["G01", "G02"], page: "3", sort: "name" })).toEqual({
      ...NO_FILTER,
      grid: "G01",
    });
  });

  it("knows equal filters", () => {
    expect(sameFilter({ ...NO_FILTER, q: "a " }, { ...NO_FILTER, q: "a" })).toBe(true);
    expect(sameFilter({ ...NO_FILTER, form: "x" }, NO_FILTER)).toBe(false);
  });
});
