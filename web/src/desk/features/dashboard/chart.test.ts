import { describe, expect, it } from "vitest";
import { barHeights, inForce, percent, segments } from "./chart";

describe("the dashboard's arithmetic", () => {
  it("never says all where one is missing, nor none where there is one", () => {
    expect(percent(2892, 3319)).toBe("87%");
    expect(percent(999, 1000)).toBe("99%");
    expect(percent(1, 1000)).toBe("1%");
    expect(percent(0, 10)).toBe("0%");
    expect(percent(10, 10)).toBe("100%");
    expect(percent(0, 0)).toBe("—");
  });

  it("counts what is due soon as still in force", () => {
    expect(inForce({ holders: 4, certified: 2, due_soon: 1, overdue: 1, open_tasks: 0 })).toBe("75%");
  });

  it("lays a grid's bar end to end", () => {
    const counts = { holders: 10, certified: 6, due_soon: 0, overdue: 4, open_tasks: 1 };
    expect(segments(counts, 20, 100)).toEqual([
      { kind: "certified", x: 0, width: 30 },
      { kind: "overdue", x: 30, width: 20 },
    ]);
    expect(segments(counts, 0, 100)).toEqual([]);
  });

  it("shows the smallest bar there is", () => {
    expect(barHeights([0, 1, 500], 100)).toEqual([0, 2, 100]);
    expect(barHeights([], 100)).toEqual([]);
  });
});
