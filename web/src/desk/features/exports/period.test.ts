import { expect, it } from "vitest";
import { exportQuery, periods } from "./period";

it("knows the periods people ask for", () => {
  expect(periods(new Date(2026, 10, 21))).toEqual({
    this_month: { from: "2026-11-01", to: "2026-11-21" },
    last_month: { from: "2026-10-01", to: "2026-10-31" },
    this_year: { from: "2026-01-01", to: "2026-11-21" },
    all_time: { from: "", to: "" },
  });
  expect(periods(new Date(2027, 0, 5)).last_month).toEqual({ from: "2026-12-01", to: "2026-12-31" });
  expect(periods(new Date(2028, 2, 1)).last_month.to).toBe("2028-02-29");
});

it("asks for nothing that was not chosen", () => {
  expect(exportQuery({ from: "2026-11-01", to: "", grid: "", state: "approved" })).toEqual({
    from: "2026-11-01",
    state: "approved",
  });
});
