import { describe, expect, it } from "vitest";
import { civilSecond, correctionMs, durationMinutes, spread, wallClock } from "./visitTime";

const at = (text: string): number => Date.parse(text);

it("tells a visit by the clock at the door", () => {
  expect(wallClock(at("2026-11-21T12:14:54Z"), at("2026-11-21T12:26:03Z"), 480)).toBe("2026-11-21 20:14–20:26");
  expect(wallClock(at("2026-11-21T12:14:54Z"), null, null)).toBe("2026-11-21 20:14");
  expect(wallClock(at("2026-11-21T15:50:00Z"), at("2026-11-21T16:10:00Z"), 480)).toBe(
    "2026-11-21 23:50 – 2026-11-22 00:10",
  );
  expect(wallClock(at("2026-11-21T12:14:01Z"), at("2026-11-21T12:14:30Z"), 0)).toBe("2026-11-21 12:14");
  expect(wallClock(at("2026-11-21T12:14:00Z"), at("2026-11-20T12:14:00Z"), 0)).toBe("2026-11-21 12:14");
});

it("counts minutes, never none", () => {
  expect(durationMinutes(0, 20_000)).toBe(1);
  expect(durationMinutes(0, 719_000)).toBe(12);
  expect(durationMinutes(null, 1)).toBeNull();
  expect(durationMinutes(5, 1)).toBeNull();
});

describe("the phone's clock", () => {
  const HOUR = 3_600_000;
  const at = Date.UTC(2026, 10, 21, 2, 14, 5);
  const clock = (behind: number, early: number | null, late: number) => ({
    claimed_at: at - behind,
    corrected_at: at,
    earliest_at: early === null ? null : at - early,
    latest_at: at + late,
    basis: "steady" as const,
  });

  it("moves the times of a visit where it was wrong, and only there", () => {
    expect(correctionMs(null)).toBe(0);
    expect(correctionMs(clock(90_000, 40, 40))).toBe(0);
    expect(correctionMs(clock(2 * HOUR, 40, 40))).toBe(2 * HOUR);
    expect(correctionMs(clock(-2 * HOUR, 40, 40))).toBe(-2 * HOUR);
  });

  it("has bounds in seconds or minutes", () => {
    expect(spread(clock(0, 40, 1_400))).toEqual({ key: "desk.seal.within_seconds", params: { n: "2" } });
    expect(spread(clock(0, 8 * HOUR, 40))).toEqual({ key: "desk.seal.within_minutes", params: { early: "480", late: "1" } });
    expect(spread(clock(0, null, 0))).toBeNull();
  });

  it("is told to the second", () => {
    expect(civilSecond(at, null)).toBe("2026-11-21 10:14:05");
    expect(civilSecond(-1_000, 0)).toBe("1969-12-31 23:59:59");
  });
});
