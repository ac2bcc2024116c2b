import { describe, expect, it } from "vitest";

import { isInForce, withLease, type Leases } from "./hold";

const NOW = 1_000_000;

describe("a lease", () => {
  it("keeps others out until it runs out, and its holder renews it", () => {
    const mine = withLease({}, "send", "a", NOW);
    expect(mine?.send?.holder).toBe("a");
    expect(withLease(mine ?? {}, "send", "b", NOW + 5_000)).toBeNull();
    expect(withLease(mine ?? {}, "send", "a", NOW + 5_000)?.send?.until).toBe(NOW + 15_000);
    expect(withLease(mine ?? {}, "send", "b", NOW + 10_001)?.send?.holder).toBe("b");
  });

  it("leaves others' leases alone and drops those that ran out", () => {
    const known: Leases = { "visit:1": { holder: "a", until: NOW + 5_000 }, "visit:2": { holder: "c", until: NOW - 1 } };
    expect(Object.keys(withLease(known, "visit:3", "b", NOW) ?? {})).toEqual(["visit:1", "visit:3"]);
  });

  it("of a clock that was put back two years since keeps nobody out", () => {
    const before = { holder: "a", until: NOW + 2 * 365 * 86_400_000 };
    expect(isInForce(before, NOW)).toBe(false);
    expect(withLease({ send: before }, "send", "b", NOW)?.send?.holder).toBe("b");
  });
});
