import { describe, expect, it } from "vitest";
import { ApiError } from "@/api/client";
import { shown, useLoad } from "./useLoad";

describe("something that is fetched", () => {
  it("keeps the old while the new is on its way or refused", async () => {
    const answers = [Promise.resolve("a"), Promise.reject(new ApiError(500, "server.failed"))];
    const { load, run } = useLoad(() => answers.shift() ?? Promise.resolve("z"));
    await run();
    expect(load.value).toEqual({ kind: "ready", value: "a" });
    const second = run();
    expect(load.value).toEqual({ kind: "loading", old: "a" });
    await second;
    expect(load.value).toMatchObject({ kind: "failed", old: "a", error: { code: "server.failed" } });
    expect(shown(load.value)).toBe("a");
  });

  it("shows what was asked for last, whichever comes first", async () => {
    const done: Record<string, (text: string) => void> = {};
    const { load, run } = useLoad((name: string) => new Promise<string>((resolve) => (done[name] = resolve)));
    const [first, second] = [run("first"), run("second")];
    done["second"]?.("second");
    await second;
    done["first"]?.("first");
    await first;
    expect(shown(load.value)).toBe("second");
  });
});
