import { describe, expect, it, vi } from "vitest";
import type { RegisterImport } from "@/api/deskTypes";
import { follow, percentDone, waitMs } from "./importRun";

const { importState } = vi.hoisted(() => ({ importState: vi.fn() }));
vi.mock("@/api/desk", () => ({ importState }));

function at(state: RegisterImport["state"], done = 0): RegisterImport {
  return {
    id: "i",
    state,
    progress: { done, total: 100 },
    file_name: "r.xlsx",
    summary: null,
    problems: [],
    n_problems: 0,
    changes: [],
  };
}

describe("an import", () => {
  it("is followed until it stands still", async () => {
    vi.useFakeTimers();
    importState
      .mockResolvedValueOnce(at("reading", 10))
      .mockResolvedValueOnce(at("reading", 60))
      .mockResolvedValueOnce(at("previewed", 100));
    const told: string[] = [];
    const done = follow("i", (it) => told.push(`${it.state} ${it.progress.done}`), new AbortController().signal);
    await vi.runAllTimersAsync();
    await done;
    expect(told).toEqual(["reading 10", "reading 60", "previewed 100"]);
    vi.useRealTimers();
  });

  it("is left alone once the page is left", async () => {
    const left = new AbortController();
    importState.mockReset().mockImplementation(async () => {
      left.abort();
      return at("reading");
    });
    const told: unknown[] = [];
    await follow("i", (it) => told.push(it), left.signal);
    expect(told).toEqual([]);
    expect(importState).toHaveBeenCalledTimes(1);
  });

  it("says how far it is, where that is known", () => {
    expect(percentDone({ done: 0, total: 0 })).toBeNull();
    expect(percentDone({ done: 16_799, total: 16_800 })).toBe(99);
    expect(percentDone({ done: 5, total: 4 })).toBe(100);
  });

  it("asks less and less often, but not seldom", () => {
    expect(waitMs(0)).toBe(300);
    expect(waitMs(3)).toBeGreaterThan(waitMs(2));
    expect(waitMs(50)).toBe(2_000);
  });
});
