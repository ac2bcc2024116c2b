import { describe, expect, it } from "vitest";

import { afterWrong, codeProblem, waitLeftMs } from "./attempts";

describe("wrong unlock codes", () => {
  it("may be tried again four times, then wait longer and longer, then open nothing", () => {
    const follows = Array.from({ length: 11 }, (_, at) => afterWrong(at + 1));
    expect(follows.slice(0, 4)).toEqual([4, 3, 2, 1].map((left) => ({ kind: "again", left })));
    const waits = follows.slice(4, 9).map((it) => (it.kind === "wait" ? it.ms / 60_000 : 0));
    expect(waits).toEqual([1, 3, 9, 27, 30]);
    expect(follows.slice(9)).toEqual([{ kind: "erase" }, { kind: "erase" }]);
  });

  it("wait no longer because somebody changed the clock", () => {
    expect(waitLeftMs(1_000, 400)).toBe(600);
    expect(waitLeftMs(1_000, 2_000)).toBe(0);
    expect(waitLeftMs(365 * 86_400_000, 0)).toBe(30 * 60_000);
  });
});

describe("a new unlock code", () => {
  it("has six digits that are not in a row", () => {
    for (const code of ["", "12345", "1234567", "12345a"]) expect(codeProblem(code), code).toBe("lock.code_length");
    for (const code of ["000000", "999999", "123456", "654321"]) expect(codeProblem(code), code).toBe("lock.code_easy");
    for (const code of ["135790", "112233", "284613"]) expect(codeProblem(code), code).toBeNull();
  });
});
