import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { about, holds, nextToSend, upTo } from "./order";
import { freshUpload, type Upload } from "./queue";
import type { Outgoing } from "./records";

const NOW = 1_795_226_400_000;
const later: Upload = { kind: "waiting", tries: 3, not_before: NOW + 60_000, reason: "network.unreachable" };
const refused: Upload = { kind: "refused", code: "submission.conflict", params: {} };
const stored: Upload = {
  kind: "stored",
  receipt: { number: "", instance_id: "", received_at: 0, digest: "", n_attachments: 0 },
  stored_at: 0,
};
const NEVER = () => false;

function visit(id: string, order: number, subject: string, upload: Upload = freshUpload()): Outgoing {
  const seal = { version: 1, instance_id: "", xml_sha256: "", attachments: [], digest: "", device_time_ms: 0, device_id: "" };
  return { id, order, subject, task_id: null, label: "", form_title: "", xml: "", seal, finished_at: 0, upload, draft: null };
}

/** Sends until nothing is due, as if all went well; returns the order. */
function sentInOrder(outbox: readonly Outgoing[], wantsWifi: (it: Outgoing) => boolean = NEVER): string[] {
  const left = [...outbox];
  const sent: string[] = [];
  for (;;) {
    const next = nextToSend(left, NOW, new Set(), wantsWifi);
    if (!next) return sent;
    sent.push(next.id);
    left.splice(left.indexOf(next), 1);
  }
}

describe("visits to the same resident", () => {
  it("go as they were finished; others do not wait for them", () => {
    const outbox = [visit("b2", 4, "b"), visit("a2", 3, "a"), visit("b1", 2, "b"), visit("a1", 1, "a", later)];
    expect(sentInOrder(outbox)).toEqual(["b1", "b2"]);
    expect(holds(outbox, NEVER)).toEqual(new Map([["a2", "order"], ["b2", "order"]]));
    expect(sentInOrder([...outbox.slice(0, 3), visit("a1", 1, "a")])).toEqual(["a1", "b1", "a2", "b2"]);
  });

  it("pass one that was refused, which waits for a person", () => {
    expect(sentInOrder([visit("a1", 1, "a", refused), visit("a2", 2, "a")])).toEqual(["a2"]);
    expect(sentInOrder([visit("a1", 1, "a", stored), visit("a2", 2, "a")])).toEqual(["a2"]);
  });

  it("wait behind one that waits for Wi-Fi, and go together when the person says so", () => {
    const outbox = [visit("a1", 1, "a"), visit("a2", 2, "a"), visit("a3", 3, "a"), visit("b1", 4, "b")];
    const wantsWifi = (it: Outgoing) => it.id === "a1";
    expect(sentInOrder(outbox, wantsWifi)).toEqual(["b1"]);
    expect(holds(outbox, wantsWifi)).toEqual(new Map([["a1", "wifi"], ["a2", "order"], ["a3", "order"]]));
    expect(upTo(outbox, "a2").map((it) => it.id)).toEqual(["a1", "a2"]);
    expect(upTo(outbox, "none")).toEqual([]);
  });

  it("are told from each other by what is known of them", () => {
    const one = visit("x", 1, "");
    expect(about(one)).toBe("x");
    expect(about({ ...one, label: "孔月芳" })).toBe("孔月芳");
    expect(about({ ...one, label: "孔月芳", task_id: "t" })).toBe("t");
    expect(about({ ...one, label: "孔月芳", task_id: "t", subject: "r" })).toBe("r");
  });

  it("never overtake one another, whatever happens", () => {
    const uploads = fc.constantFrom(freshUpload(), later, refused, stored);
    const visits = fc.array(fc.record({ subject: fc.constantFrom("a", "b", "c"), upload: uploads, wifi: fc.boolean() }), { maxLength: 12 });
    fc.assert(
      fc.property(visits, fc.integer(), (all, seed) => {
        const wanting = new Set(all.flatMap((it, at) => (it.wifi ? [`v${at}`] : [])));
        const outbox = all.map((it, at) => visit(`v${at}`, at, it.subject, it.upload));
        const shuffled = [...outbox].sort((a, b) => ((a.order ?? 0) * seed) % 7 - ((b.order ?? 0) * seed) % 7);
        const wantsWifi = (it: Outgoing) => wanting.has(it.id);
        const sent = sentInOrder(shuffled, wantsWifi);
        for (const id of sent) {
          const here = outbox.find((it) => it.id === id);
          const before = outbox.filter((it) => it.subject === here?.subject && (it.order ?? 0) < (here?.order ?? 0));
          const waiting = before.filter((it) => it.upload.kind === "waiting" && !sent.slice(0, sent.indexOf(id)).includes(it.id));
          expect(waiting, `${id} overtook`).toEqual([]);
        }
        // And nothing stands still without a reason.
        const held = holds(outbox, wantsWifi);
        const free = outbox.filter((it) => it.upload.kind === "waiting" && it.upload.not_before === 0 && !held.has(it.id));
        expect(free.filter((it) => !sent.includes(it.id))).toEqual([]);
      }),
    );
  });
});
