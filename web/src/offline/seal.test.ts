import "fake-indexeddb/auto";

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Seal } from "@/api/upload";
import { enrolmentText, ownKey } from "./device";
import { openUnlocked } from "./open-unlocked";
import { inOrder, freshUpload } from "./queue";
import { sealVisit, type Finished } from "./seal";
import { canonicalText, isSigned, readVectors, sha256 } from "./seal-vectors";
import { chainOf, reopenDraft, saveDraft, sealDraft, type Attachment, type Draft, type FileNote, type Store } from "./store";

const BYTES = { canonical: async (seal: string) => canonicalText(JSON.parse(seal) as Seal), sha256 };

const wasm = fileURLToPath(new URL("../engine/wasm/evidence_bg.wasm", import.meta.url));

let store: Store;
let nStores = 0;

beforeEach(async () => {
  store = await openUnlocked(`seal-${(nStores += 1)}`);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function draft(id: string): Draft {
  const nothing = { form_key: "", label: "", form_title: "", engine: "", page: "", photographing: null };
  return { id, task_id: null, ...nothing, started_at: 0, saved_at: 0 };
}

/** Fills in a visit with one photo. */
async function visit(id: string, replaced: readonly Seal[] = []): Promise<Finished> {
  const bytes = new TextEncoder().encode(`photo of ${id}`).buffer;
  const file: Attachment = { visit_id: id, name: "a.jpg", media_type: "image/jpeg", bytes, sha256: await sha256(`photo of ${id}`), strokes: null };
  await saveDraft(store, draft(id), [{ ...file, note: { kind: "photo", reason: "楼道没有灯" } as FileNote }]);
  const xml = `<data>${id}</data>`;
  return {
    instanceId: `uuid:${id}`,
    xmlSha256: await sha256(xml),
    attachments: [[file.name, file.sha256, bytes.byteLength]],
    deviceId: "phone-1",
    replaced: [...replaced],
    outgoing: { id, task_id: null, label: "", form_title: "", xml, finished_at: Date.now(), upload: freshUpload(), draft: draft(id) },
  };
}

async function finish(id: string, bytes = BYTES): Promise<void> {
  await sealVisit(store, await visit(id), bytes, null);
}

async function sealOf(id: string): Promise<Seal> {
  return (await store.get("outbox", id))?.seal as Seal;
}

/** The seals in the order of their numbers, each verified, each linked with the one before. */
async function chain(): Promise<Seal[]> {
  const seals = (await store.getAll("outbox")).map((it) => it.seal as Seal).sort((a, b) => a.counter - b.counter);
  const key = await ownKey(store);
  for (const [n, seal] of seals.entries()) {
    expect(seal.key_id).toBe(key?.key_id);
    expect(seal.digest).toBe(await sha256(canonicalText(seal)));
    expect(await isSigned(key?.public_key ?? "", canonicalText(seal), seal.signature)).toBe(true);
    expect([seal.counter, seal.previous]).toEqual([n + 1, seals[n - 1]?.digest ?? ""]);
  }
  return seals;
}

describe("the vectors", () => {
  const vectors = readVectors();

  it.each(vectors.seals)("hold for $name", async ({ xml, notes, files, canonical, seal }) => {
    expect(canonicalText(seal)).toBe(canonical);
    expect(await sha256(canonical)).toBe(seal.digest);
    expect([seal.xml_sha256, seal.notes_sha256]).toEqual([await sha256(xml), await sha256(notes)]);
    for (const [name, bytes] of files) {
      expect(seal.attachments).toContainEqual([name, await sha256(bytes), Buffer.byteLength(bytes)]);
    }
    if (seal.signature) expect(await isSigned(vectors.public_key, canonical, seal.signature)).toBe(true);
  });

  it("hold for the enrolment", async () => {
    const { account_id, device_id, canonical, proof } = vectors.enrolment;
    expect(enrolmentText(account_id, device_id, vectors.key_id)).toBe(canonical);
    expect(await isSigned(vectors.public_key, canonical, proof)).toBe(true);
  });

  it.skipIf(!existsSync(wasm))("hold in the file that seals on the phone", async () => {
    const engine = (await import(/* @vite-ignore */ wasm.replace("_bg.wasm", ".js"))) as {
      initSync(source: { module: BufferSource }): unknown;
      sealCanonical(seal: string): string;
    };
    engine.initSync({ module: readFileSync(wasm) });
    for (const { canonical, seal } of vectors.seals) {
      expect(engine.sealCanonical(JSON.stringify(seal))).toBe(canonical);
    }
    const [seal] = vectors.seals.map((it) => it.seal);
    for (const wrong of [{}, { ...seal, counter: 1.5 }, { ...seal, xml_sha256: "00" }, { ...seal, key_id: "x" }]) {
      expect(() => engine.sealCanonical(JSON.stringify(wrong))).toThrow();
    }
  });
});

describe("a finished visit", () => {
  it("is sealed with everything it consists of and takes the next place", async () => {
    await finish("v1");
    await finish("v2");
    const [first, second] = await chain();
    expect(first).toMatchObject({ instance_id: "uuid:v1", replaces: [], replaced: [], clock: null });
    const outgoing = await store.get("outbox", "v2");
    expect(outgoing?.notes).toBe('{"a.jpg":{"kind":"photo","reason":"楼道没有灯"}}');
    expect(second?.notes_sha256).toBe(await sha256(outgoing?.notes ?? ""));
    expect(await store.get("drafts", "v2")).toBeUndefined();
  });

  it("has no place in the chain before it is among the outgoing ones, whatever stops the page", async () => {
    await finish("v1");
    const stopped = async () => {
      throw new Error("the page died");
    };
    for (const bytes of [{ ...BYTES, canonical: stopped }, { ...BYTES, sha256: stopped }]) {
      await expect(finish("v2", bytes)).rejects.toThrow("died");
    }
    const write = vi.spyOn(IDBObjectStore.prototype, "delete").mockImplementation(() => {
      throw new Error("the disk is full");
    });
    await expect(finish("v2")).rejects.toThrow("full");
    write.mockRestore();
    expect(await store.get("outbox", "v2")).toBeUndefined();
    expect(await store.get("drafts", "v2")).toBeDefined();
    await finish("v2");
    expect((await chain()).length).toBe(2);
  });

  it("shares its place with no other, however many pages finish at once", async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `v${n}`);
    await Promise.all(ids.map((id) => finish(id)));
    expect((await chain()).length).toBe(12);
    const orders = (await store.getAll("outbox")).map((it) => it.order ?? 0);
    expect(orders.sort((a, b) => a - b)).toEqual(ids.map((_, n) => n + 1));
  });

  it("is sealed once where two pages finish the same visit", async () => {
    const finished = await visit("v1");
    await Promise.all([1, 2, 3].map(() => sealVisit(store, finished, BYTES, null)));
    expect((await chain()).length).toBe(1);
  });

  it("replaces its seal when it is corrected after a refusal", async () => {
    for (const id of ["v1", "v2", "v3"]) await finish(id);
    const before = await store.get("outbox", "v2");
    if (!before?.draft) throw new Error("kept to be opened again");
    const refused = before.seal as Seal;
    await reopenDraft(store, { ...before, draft: before.draft });
    const reopened = await store.get("drafts", "v2");
    expect(reopened?.replaced).toEqual([refused]);
    await sealVisit(store, await visit("v2", reopened?.replaced), BYTES, null);
    const again = await sealOf("v2");
    expect(again).toMatchObject({ counter: 4, replaces: [refused.digest], replaced: [refused] });
    expect(again.previous).toBe((await sealOf("v3")).digest);
  });

  it("is sealed without a signature where the browser makes no key that signs, and is kept all the same", async () => {
    const making = vi.spyOn(crypto.subtle, "generateKey").mockRejectedValue(new Error("no such curve"));
    await finish("v1");
    making.mockRestore();
    expect(await sealOf("v1")).toMatchObject({ key_id: "", counter: 0, previous: "", signature: "" });
    await finish("v2");
    expect(await sealOf("v2")).toMatchObject({ counter: 1, previous: "" });
  });

  it("is sealed without a signature where the key no longer signs", async () => {
    await finish("v1");
    vi.spyOn(crypto.subtle, "sign").mockRejectedValueOnce(new Error("the key store is gone"));
    await finish("v2");
    expect(await sealOf("v2")).toMatchObject({ key_id: "", counter: 0, signature: "" });
    await finish("v3");
    expect(await sealOf("v3")).toMatchObject({ counter: 2, previous: (await sealOf("v1")).digest });
  });

  it("keeps its order when the clock jumps by two years", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const day = 86_400_000;
    const days = [20_000, 20_730, 20_731, 19_271, 20_001];
    for (const [n, at] of days.entries()) {
      vi.setSystemTime(at * day);
      await finish(`v${n}`);
    }
    const sorted = (await store.getAll("outbox")).sort(inOrder).map((it) => it.id);
    expect(sorted).toEqual(["v0", "v1", "v2", "v3", "v4"]);
    expect((await chain()).map((it) => it.instance_id)).toEqual(sorted.map((id) => `uuid:${id}`));
  });
});

describe("the key", () => {
  it("is made once, however many pages ask, and cannot be taken out", async () => {
    const keys = await Promise.all([1, 2, 3].map(() => ownKey(store)));
    expect(new Set(keys.map((it) => it?.key_id)).size).toBe(1);
    const kept = await ownKey(store);
    expect(kept?.private_key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("jwk", kept?.private_key as CryptoKey)).rejects.toThrow();
    expect(kept?.public_key).toMatch(/^04[0-9a-f]{128}$/u);
  });

  it("begins a chain of its own after the one before was lost", async () => {
    await finish("v1");
    const before = await ownKey(store);
    await store.onDevice((facts) => facts.delete("key"));
    const after = await ownKey(store);
    expect(after?.key_id).not.toBe(before?.key_id);
    expect(await chainOf(store, after?.key_id ?? "")).toMatchObject({ counter: 0, head: "" });
    await finish("v2");
    expect(await sealOf("v2")).toMatchObject({ counter: 1, previous: "", key_id: after?.key_id });
    expect((await store.get("outbox", "v2"))?.order).toBe(2);
  });

  it("is not used from a place that the chain has left", async () => {
    await finish("v1");
    const { seal } = (await store.get("outbox", "v1")) ?? {};
    const from = { key_id: (seal as Seal).key_id, counter: 0, head: "" };
    const outgoing = { ...(await visit("v2")).outgoing, seal: seal as Seal };
    expect(await sealDraft(store, outgoing, null, { from, to: { ...from, counter: 1 } })).toBe(false);
    expect(await store.get("outbox", "v2")).toBeUndefined();
  });
});
