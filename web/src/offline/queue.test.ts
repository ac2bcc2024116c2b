import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Receipt } from "@/api/types";
import { afterEvent, freshUpload, inOrder, isDue, isUnsent, mayWorkLater, waitMs, type SendFailure, type Upload } from "./queue";
import type { Progress } from "./transfer";

const receipt: Receipt = { number: "20261121-K7Q2M9", instance_id: "uuid:1", received_at: 1, digest: "d", n_attachments: 0 };
const nothing: Progress = { sent_bytes: 0, kept_bytes: 0, total_bytes: 10, file: 0, n_files: 0, is_photo: false };
const sending: Upload = { kind: "sending", tries: 1, progress: nothing, left_s: null };

function failure(status: number, code = "x.y", retryAfterS: number | null = null): SendFailure {
  return { status, code, params: {}, retryAfterS };
}

function failed(upload: Upload, why: SendFailure, has_moved = false): Upload {
  return afterEvent(upload, { kind: "failed", failure: why, has_moved, now_ms: 1_000, random: 0 });
}

describe("a finished visit", () => {
  it("waits, is sent, and is stored with its receipt", () => {
    const started = afterEvent(freshUpload(), { kind: "start", total_bytes: 10 });
    expect(started).toEqual(sending);
    const half = afterEvent(started, { kind: "progress", progress: { ...nothing, sent_bytes: 5 }, left_s: 3 });
    expect(half).toMatchObject({ kind: "sending", progress: { sent_bytes: 5 }, left_s: 3 });
    const stored = afterEvent(half, { kind: "acknowledged", receipt, now_ms: 7 });
    expect(stored).toEqual({ kind: "stored", receipt, stored_at: 7 });
    expect(isUnsent(stored)).toBe(false);
  });

  it.each([0, 401, 408, 425, 429, 500, 502, 503, 507])("waits again after %i", (status) => {
    expect(failed(sending, failure(status)).kind).toBe("waiting");
  });

  it.each([400, 403, 404, 409, 413, 422])("needs a person after %i", (status) => {
    expect(failed(sending, failure(status, "submission.conflict"))).toEqual({
      kind: "refused",
      code: "submission.conflict",
      params: {},
    });
  });

  it("waits when only the page's token was stale", () => {
    expect(mayWorkLater(failure(403, "auth.csrf"))).toBe(true);
    expect(mayWorkLater(failure(403, "auth.forbidden"))).toBe(false);
  });

  it("is sent at once after a new sign-in", () => {
    const waiting = failed(sending, failure(401, "auth.expired"));
    expect(isDue(waiting, 1_000)).toBe(true);
  });

  it("waits for what is on its way anyhow", () => {
    for (const code of ["upload.checksum", "upload.quota", "upload.expired", "submission.files_missing"]) {
      expect(failed(sending, failure(460, code)).kind, code).toBe("waiting");
    }
  });

  it("does not wait longer and longer on a network that carries something", () => {
    const often: Upload = { ...sending, tries: 7 };
    expect(failed(often, failure(0))).toMatchObject({ tries: 7, not_before: 1_000 + 150_000 });
    expect(failed(often, failure(0), true)).toMatchObject({ tries: 1, not_before: 1_000 + 2_500 });
  });

  it("obeys Retry-After", () => {
    expect(failed(sending, failure(429, "x.y", 120))).toMatchObject({ not_before: 121_000 });
  });

  it("can be put back once refused, and never once stored", () => {
    const refused = failed(sending, failure(422));
    expect(afterEvent(refused, { kind: "put_back" })).toEqual(freshUpload());
    const stored: Upload = { kind: "stored", receipt, stored_at: 7 };
    expect(afterEvent(stored, { kind: "put_back" })).toBe(stored);
  });

  it("is stored only by an acknowledgement of what was being sent", () => {
    const events = fc.oneof(
      fc.constant({ kind: "start" as const, total_bytes: 1 }),
      fc.nat().map((sent_bytes) => ({ kind: "progress" as const, progress: { ...nothing, sent_bytes }, left_s: null })),
      fc.constant({ kind: "acknowledged" as const, receipt, now_ms: 1 }),
      fc.constantFrom(0, 401, 409, 500).map((status) => ({
        kind: "failed" as const,
        failure: failure(status),
        has_moved: status === 0,
        now_ms: 1,
        random: 0.5,
      })),
      fc.constant({ kind: "put_back" as const }),
    );
    fc.assert(
      fc.property(fc.array(events), (sequence) => {
        let upload = freshUpload();
        for (const event of sequence) {
          const before = upload;
          upload = afterEvent(before, event);
          if (before.kind === "stored") expect(upload).toBe(before);
          if (upload.kind === "stored" && before.kind !== "stored") {
            expect([before.kind, event.kind]).toEqual(["sending", "acknowledged"]);
          }
        }
      }),
    );
  });
});

describe("the wait between tries", () => {
  it.each([
    [1, 0, 2_500],
    [1, 1, 5_000],
    [2, 1, 10_000],
    [20, 1, 300_000],
    [20, 0, 150_000],
  ])("after try %i with chance %d is %i ms", (tries, random, expected) => {
    expect(waitMs(tries, random)).toBe(expected);
  });
});

describe("a clock that jumps by two years", () => {
  const TWO_YEARS = 730 * 86_400_000;
  const now = 1_795_226_400_000;

  it("keeps nothing waiting, whichever way it jumps", () => {
    for (const retryAfter of [null, 600, 10_000_000]) {
      const event = { kind: "failed" as const, failure: failure(503, "server.busy", retryAfter), has_moved: false, now_ms: now, random: 1 };
      const waiting = afterEvent(sending, event);
      expect(isDue(waiting, now)).toBe(false);
      expect(isDue(waiting, now - TWO_YEARS)).toBe(true);
      expect(isDue(waiting, now + TWO_YEARS)).toBe(true);
      expect(isDue(waiting, now + 3_600_000)).toBe(true);
    }
  });

  it("does not change the order; visits from before they were counted go first", () => {
    const visits = [
      { id: "third", order: 2, finished_at: now - TWO_YEARS },
      { id: "second", order: 1, finished_at: now + TWO_YEARS },
      { id: "first", finished_at: now },
      { id: "fourth", order: 3, finished_at: now },
    ];
    expect(visits.sort(inOrder).map((it) => it.id)).toEqual(["first", "second", "third", "fourth"]);
  });
});
