import { afterEach, expect, it, vi } from "vitest";

const picture = () => ({ width: 1, height: 1, pixels: new Uint8ClampedArray(4), others: [] });

/** A browser's worker of which it is said what becomes of each message. */
function workers(...fates: ("fails" | "throws" | "answers")[]) {
  return class {
    onmessage: ((event: { data: unknown }) => void) | null = null;
    onerror: (() => void) | null = null;
    terminate = vi.fn();
    postMessage(): void {
      const fate = fates.shift();
      if (fate === "throws") throw new Error("cannot be sent");
      queueMicrotask(() => (fate === "fails" ? this.onerror?.() : this.onmessage?.({ data: { sharpness: 700 } })));
    }
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

it("starts another worker where the first could not be loaded", async () => {
  vi.stubGlobal("Worker", workers("fails", "answers"));
  const { judgeBeside, warmUpBeside } = await import("./judge-beside");
  await warmUpBeside();
  await Promise.resolve();
  expect(await judgeBeside(picture(), true)).toEqual({ sharpness: 700 });
});

it("judges the next photo after one that could not be judged", async () => {
  vi.stubGlobal("Worker", workers("throws", "fails", "answers"));
  const { judgeBeside } = await import("./judge-beside");
  expect(await judgeBeside(picture(), true)).toBeNull();
  expect(await judgeBeside(picture(), true)).toBeNull();
  expect(await judgeBeside(picture(), true)).toEqual({ sharpness: 700 });
});

it("leaves nobody waiting for a worker that failed", async () => {
  vi.stubGlobal("Worker", workers("fails", "fails"));
  const { judgeBeside } = await import("./judge-beside");
  expect(await Promise.all([judgeBeside(picture(), true), judgeBeside(picture(), true)])).toEqual([null, null]);
});

it("tells each who waits what their own picture shows", async () => {
  let n = 0;
  const Workers = workers();
  vi.stubGlobal(
    "Worker",
    class extends Workers {
      override postMessage(): void {
        const sharpness = (n += 1);
        queueMicrotask(() => this.onmessage?.({ data: { sharpness } }));
      }
    },
  );
  const { judgeBeside } = await import("./judge-beside");
  const judged = await Promise.all([picture(), picture(), picture()].map((it) => judgeBeside(it, true)));
  expect(judged).toEqual([{ sharpness: 1 }, { sharpness: 2 }, { sharpness: 3 }]);
});

it("has sent a picture before whoever asks computes on", async () => {
  const sent: unknown[] = [];
  const Workers = workers("answers");
  vi.stubGlobal(
    "Worker",
    class extends Workers {
      override postMessage(...message: unknown[]): void {
        sent.push(...message);
        super.postMessage();
      }
    },
  );
  const { judgeBeside } = await import("./judge-beside");
  const judged = judgeBeside(picture(), false);
  expect(sent).toEqual([picture(), []]);
  expect(await judged).toEqual({ sharpness: 700 });
});
