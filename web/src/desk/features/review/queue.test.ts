import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SubmissionPage, SubmissionRow } from "@/api/deskTypes";
import { NO_FILTER } from "./filter";
import { loadMore, neighbour, nextUndecided, noteDecision, openQueue, queue } from "./queue";

const { submissions } = vi.hoisted(() => ({ submissions: vi.fn() }));
vi.mock("@/api/desk", () => ({ submissions }));

function row(id: string, review_state: SubmissionRow["review_state"] = "received"): SubmissionRow {
  return {
    id,
    review_state,
    instance_id: `uuid:${id}`,
    instance_name: id,
    form_id: "f",
    form_title: "f",
    label: id,
    grid: "G01",
    volunteer: { id: "V01", name: "v" },
    received_at: 1,
    visited_at: 1,
    outcome: "",
    n_flags: 0,
    flags: [],
    n_photos: 0,
    receipt_number: "",
    decide_by: 0,
  };
}

function page(rows: SubmissionRow[], next_cursor: string | null = null): SubmissionPage {
  return { items: rows, next_cursor, total_by_state: { received: 3, approved: 1 } };
}

beforeEach(() => submissions.mockReset());

describe("the queue", () => {
  it("walks down over the page's end and stops at the last row", async () => {
    submissions
      .mockResolvedValueOnce(page([row("a"), row("b")], "c1"))
      .mockResolvedValueOnce(page([row("b"), row("c")]));
    await openQueue(NO_FILTER);
    expect(await neighbour("a", 1)).toBe("b");
    expect(await neighbour("b", 1)).toBe("c");
    expect(await neighbour("c", 1)).toBeNull();
    expect(await neighbour("a", -1)).toBeNull();
    expect(await neighbour("elsewhere", 1)).toBeNull();
    expect(submissions).toHaveBeenLastCalledWith({ cursor: "c1" });
    expect(queue.rows.map((it) => it.id)).toEqual(["a", "b", "c"]);
  });

  it("goes to the next that nobody has decided, below first, then above", async () => {
    submissions.mockResolvedValueOnce(page([row("a"), row("b"), row("c", "approved"), row("d", "edited")]));
    await openQueue(NO_FILTER);
    expect(await nextUndecided("b")).toBe("d");
    expect(await nextUndecided("d")).toBe("a");
  });

  it("puts the most flagged of all pages first", async () => {
    submissions
      .mockResolvedValueOnce(page([row("a"), { ...row("b"), n_flags: 1 }], "c1"))
      .mockResolvedValueOnce(page([{ ...row("c"), n_flags: 3 }]));
    await openQueue({ ...NO_FILTER, sort: "flags" });
    expect(queue.rows.map((it) => it.id)).toEqual(["c", "b", "a"]);
    expect(queue.cursor).toBeNull();
    expect(submissions).toHaveBeenLastCalledWith({ limit: "200", cursor: "c1" });
  });

  it("says so when all is decided", async () => {
    submissions.mockResolvedValueOnce(page([row("a"), row("b", "hasIssues")]));
    await openQueue(NO_FILTER);
    expect(await nextUndecided("a")).toBeNull();
  });

  it("moves the counts with a decision", async () => {
    submissions.mockResolvedValueOnce(page([row("a")]));
    await openQueue(NO_FILTER);
    noteDecision({
      ...row("a", "approved"),
      reason: "",
      corrects_id: null,
      flags: [],
      task: null,
      answers: [],
      register: null,
      attachments: [],
      history: [],
      seal: null,
      keeping: null,
      conflict: { rows: [], visits: [], versions: null },
    clock: null,
      started_at: null,
      ended_at: null,
      offset_min: 480,
      previous_id: null,
      next_id: null,
    });
    expect(queue.totals).toEqual({ received: 2, approved: 2 });
    expect(queue.rows[0]?.review_state).toBe("approved");
  });

  it("drops an answer that a newer question overtook", async () => {
    let late: (it: SubmissionPage) => void = () => undefined;
    submissions
      .mockReturnValueOnce(
        new Promise<SubmissionPage>((done) => {
          late = done;
        }),
      )
      .mockResolvedValueOnce(page([row("new")]));
    const first = openQueue({ ...NO_FILTER, q: "o" });
    await openQueue({ ...NO_FILTER, q: "ol" });
    late(page([row("old")]));
    await first;
    expect(queue.rows.map((it) => it.id)).toEqual(["new"]);
    await loadMore();
    expect(submissions).toHaveBeenCalledTimes(2);
  });
});
