import "fake-indexeddb/auto";

import { describe, expect, it } from "vitest";

import { openUnlocked } from "./open-unlocked";
import type { Attachment, Draft, Outgoing, Store } from "./store";
import { burden, freeSpace, KEPT_RECEIPTS, tidy } from "./tidy";

const receipt = { number: "n", instance_id: "", received_at: 0, digest: "", n_attachments: 0 };
const seal = { version: 1 as const, instance_id: "", xml_sha256: "", attachments: [], digest: "", device_time_ms: 0, device_id: "" };

/** A finished visit; clocks say nothing of the order, which is the number's. */
function outgoing(order: number, kind: "stored" | "waiting", task_id: string | null = null): Outgoing {
  const upload: Outgoing["upload"] =
    kind === "stored" ? { kind, receipt, stored_at: -order } : { kind, tries: 0, not_before: 0, reason: "" };
  return { id: `v${order}`, task_id, label: "", form_title: "", xml: "<a/>", seal, order, finished_at: -order, upload, draft: null };
}

const file = (visit_id: string): Attachment =>
  ({ visit_id, name: "a.jpg", media_type: "image/jpeg", bytes: new ArrayBuffer(50_000), sha256: "", strokes: null });
const form = (key: string, is_current: boolean) => ({ key, is_current, xform: "x".repeat(1_000), form_id: key }) as never;

async function filled(name: string): Promise<Store> {
  const store = await openUnlocked(name);
  for (let n = 1; n <= KEPT_RECEIPTS + 20; n += 1) await store.put("outbox", outgoing(n, "stored", n === 3 ? "listed" : null));
  await store.put("outbox", outgoing(900, "waiting"));
  await store.put("drafts", { id: "d1", form_key: "old needed" } as Draft);
  for (const visit of ["v900", "d1", "nobody"]) await store.put("files", file(visit));
  for (const [key, is_current] of [["new", true], ["old needed", false], ["old", false]] as const) await store.put("forms", form(key, is_current));
  await store.put("tasks", { id: "listed" } as never);
  return store;
}

describe("what lies on the phone", () => {
  it("does not grow with the visits: old receipts go, and files and forms that nothing needs", async () => {
    const store = await filled("tidied");
    await tidy(store);
    const left = (await store.getAll("outbox")).map(({ id }) => id);
    expect(left).toHaveLength(KEPT_RECEIPTS + 2);
    expect(left).toContain("v3");
    expect(left).toContain("v900");
    expect(left).not.toContain("v1");
    expect((await store.getAll("forms")).map(({ key }) => key).sort()).toEqual(["new", "old needed"]);
    expect(await store.filesOf("nobody")).toEqual([]);
    expect(await store.filesOf("v900")).toHaveLength(1);
    expect(await store.filesOf("d1")).toHaveLength(1);
  });

  it("is weighed, and all that can go is freed, but nothing that was not sent", async () => {
    const store = await filled("freed");
    const before = await burden(store);
    expect(before.unsent).toMatchObject({ n: 1 });
    expect(before.unsent.bytes).toBeGreaterThan(50_000);
    expect(before.drafts).toMatchObject({ n: 1 });
    expect(before.spare.bytes).toBeGreaterThan(50_000);
    expect(await freeSpace(store)).toBe(before.spare.bytes);
    const after = await burden(store);
    expect(after).toEqual({ unsent: before.unsent, drafts: before.drafts, spare: { n: 0, bytes: 0 } });
    expect((await store.getAll("outbox")).map(({ id }) => id).sort()).toEqual(["v3", "v900"]);
  });
});
