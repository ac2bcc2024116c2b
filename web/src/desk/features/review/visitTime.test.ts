import { expect, it } from "vitest";
import { durationMinutes, wallClock } from "./visitTime";

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
