import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { better, claim, contactOf, LONGEST_AWAY_MS, readContact, stateOf, type Contact } from "./clock";

const HOUR = 3_600_000;
const TWO_YEARS = 730 * 24 * HOUR;
const NOW = 1_795_226_400_000;

/** The phone's clock shows `off` more than the truth; an answer took `trip` and was made in its middle. */
function contact(off: number, trip = 200): Contact {
  const at = (ms: number) => ({ wall_ms: NOW + off + ms, steady_ms: 5_000 + ms });
  return contactOf({ server_ms: NOW + trip / 2, sent: at(0), got: at(trip) }, "here");
}

/** What is known after `passed` ms, of which the phone slept `slept`, with the clock then set by `set`. */
function later(off: number, passed: number, { slept = 0, set = 0, life = "here" } = {}) {
  const now = { wall_ms: NOW + 200 + off + passed + set, steady_ms: 5_200 + passed - slept };
  const known = claim(contact(off), now, life);
  const truth = NOW + 200 + passed - now.wall_ms;
  return { ...known, holds: known.least_ms <= truth && truth <= known.most_ms, misses: Math.abs(known.likely_ms - truth) };
}

describe("what is known of the clock", () => {
  it.each([0, TWO_YEARS, -TWO_YEARS, 90_000])("is exact after a contact with a clock that is off by %i", (off) => {
    const known = later(off, 8 * HOUR);
    expect(known).toMatchObject({ basis: "steady", holds: true });
    expect(known.misses).toBeLessThan(200);
    expect(known.most_ms - known.least_ms).toBeLessThan(15_000);
  });

  it("lies between the two clocks where the phone slept", () => {
    const known = later(0, 9 * HOUR, { slept: 8 * HOUR });
    expect(known).toMatchObject({ basis: "jumped", holds: true });
    expect(known.misses).toBeLessThan(200);
  });

  it.each([TWO_YEARS, -TWO_YEARS, -2 * HOUR])("sees that the clock was set by %i", (set) => {
    const known = later(0, HOUR, { set });
    expect(known).toMatchObject({ basis: "jumped", holds: true });
    expect(stateOf(known)).toMatchObject({ kind: "wrong" });
    expect(known.misses).toBeLessThan(2_000);
  });

  it("holds the truth where the clock was set and the phone slept", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 * 24 * HOUR }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: -TWO_YEARS, max: TWO_YEARS }),
        fc.integer({ min: -TWO_YEARS, max: TWO_YEARS }),
        (passed, share, set, off) => {
          const slept = Math.floor(passed * share);
          // Set back by just as much as it slept, the two clocks agree: nobody can see that.
          fc.pre(set >= 0 || slept === 0);
          expect(later(off, passed, { slept, set }).holds).toBe(true);
        },
      ),
    );
  });

  it("is recalled after the page was loaded anew, and not believed where the clock went back meanwhile", () => {
    expect(later(0, 8 * HOUR, { life: "other" })).toMatchObject({ basis: "recalled", holds: true });
    const back = later(0, 8 * HOUR, { life: "other", set: -TWO_YEARS });
    expect(back).toMatchObject({ basis: "jumped", holds: true });
    expect(back.most_ms - back.least_ms).toBe(LONGEST_AWAY_MS);
  });
});

describe("a contact", () => {
  it("is not replaced by a slower answer of the same clock, but by any after a jump", () => {
    const quick = contact(0, 50);
    const slow = contact(0, 4_000);
    expect(better(quick, slow, slow.at)).toBe(quick);
    expect(better(slow, quick, quick.at)).toBe(quick);
    const set = contact(TWO_YEARS, 4_000);
    expect(better(quick, set, set.at)).toBe(set);
    expect(better(null, slow, slow.at)).toBe(slow);
    expect(better({ ...quick, life: "other" }, slow, slow.at)).toBe(slow);
  });

  it("is read back as it was stored, and nothing else is", () => {
    expect(readContact(JSON.stringify(contact(0)))).toEqual(contact(0));
    for (const text of [null, "", "{", "null", "[]", '{"least_ms":"1"}', '{"least_ms":1,"most_ms":2}']) {
      expect(readContact(text)).toBeNull();
    }
  });

  it("trusts the clock that nobody sets for how long an answer took", () => {
    const sent = { wall_ms: NOW + TWO_YEARS, steady_ms: 0 };
    const got = { wall_ms: NOW, steady_ms: 300 };
    expect(contactOf({ server_ms: NOW - 100, sent, got }, "here")).toMatchObject({ least_ms: -100, most_ms: 201 });
  });
});

describe("people are told", () => {
  const known = (least_ms: number, likely_ms: number, most_ms: number) => ({ basis: "steady" as const, least_ms, likely_ms, most_ms });

  it("only of a clock that is certainly wrong, and by how much", () => {
    expect(stateOf(null)).toEqual({ kind: "unknown" });
    expect(stateOf(known(-300, 0, 300))).toEqual({ kind: "right" });
    expect(stateOf(known(-8 * HOUR, 0, 300))).toEqual({ kind: "right" });
    expect(stateOf(known(TWO_YEARS - 1, TWO_YEARS, TWO_YEARS + 1))).toEqual({ kind: "wrong", behind_ms: TWO_YEARS });
    expect(stateOf(known(-HOUR - 1, -HOUR, -HOUR + 1))).toEqual({ kind: "wrong", behind_ms: -HOUR });
  });
});
