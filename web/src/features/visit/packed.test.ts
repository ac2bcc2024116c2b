import "fake-indexeddb/auto";

import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Seal } from "@/api/upload";
import type { CallName, Ending } from "@/engine/protocol";
import { freshUpload } from "@/offline/queue";
import type { Store } from "@/offline/database";
import { openUnlocked } from "@/offline/open-unlocked";
import { lastSaved, sealDraft, type Attachment, type Draft, type SealedFile } from "@/offline/store";
import { packed, VisitError } from "./packed";

const calls: unknown[][] = [];

vi.mock("@/engine/client", () => ({
  engine: async (name: CallName, ...args: unknown[]) => {
    calls.push([name, ...args]);
    const hidden = (name: string) => ({ name: `${name}.enc`, bytes: new ArrayBuffer(16), sha256: `sha of ${name}.enc` });
    if (name === "encryptFile") return hidden(String(args[0]));
    if (name === "encryptEnd") return { manifest: "<data encrypted='yes'/>", xmlSha256: "sha of manifest", file: hidden("submission.xml") };
    return null;
  },
}));

const request = { form_id: "f", version: "1", instance_id: "uuid:1", public_key: "key" };
const finished = { xml: "<data>秘密</data>", instance_id: "uuid:1", instance_name: "王小虎", attachments: ["a.jpg", "b.png"] };

function ending(encryption: typeof request | null): Ending & { kind: "finished" } {
  return { kind: "finished", finished, xmlSha256: "sha of xml", encryption };
}

function file(name: string, byte: number): Attachment {
  return { visit_id: "v", name, media_type: "image/jpeg", bytes: Uint8Array.of(byte).buffer, sha256: `sha of ${name}`, strokes: null };
}

function sealOver(attachments: SealedFile[]): Seal {
  const place = { key_id: "", counter: 0, previous: "", replaces: [], replaced: [], signature: "" };
  const content = { instance_id: "uuid:1", xml_sha256: "", attachments, notes_sha256: "" };
  return { version: 2, ...content, ...place, digest: "", device_time_ms: 0, clock: null, device_id: "" };
}

let store: Store;
let nStores = 0;

beforeEach(async () => {
  calls.length = 0;
  store = await openUnlocked(`packed-${(nStores += 1)}`);
  for (const [name, byte] of [["a.jpg", 1], ["b.png", 2], ["unused.jpg", 3]] as const) await store.put("files", file(name, byte));
});

describe("a finished visit", () => {
  it("stays as it is where its form has no key", async () => {
    const visit = await packed(ending(null), "v", store);
    expect(visit).toMatchObject({ xml: finished.xml, xmlSha256: "sha of xml", name: "王小虎", isEncrypted: false });
    expect(visit.attachments).toEqual([["a.jpg", "sha of a.jpg", 1], ["b.png", "sha of b.png", 1]]);
    expect(calls).toEqual([]);
  });

  it("is encrypted file by file where it has one, and says nothing of itself", async () => {
    const visit = await packed(ending(request), "v", store);
    const bytes = (byte: number) => Uint8Array.of(byte).buffer;
    expect(calls).toEqual([
      ["encryptBegin", request],
      ["encryptFile", "a.jpg", bytes(1)],
      ["encryptFile", "b.png", bytes(2)],
      ["encryptEnd", finished.xml],
    ]);
    expect(visit).toMatchObject({ xml: "<data encrypted='yes'/>", xmlSha256: "sha of manifest", name: "", isEncrypted: true });
    expect(visit.attachments.map(([name]) => name)).toEqual(["a.jpg.enc", "b.png.enc", "submission.xml.enc"]);
  });

  it("takes what was noted of its files along, encrypted as well", async () => {
    const note = { kind: "photo", reason: "灯坏了" };
    await store.put("files", { ...file("a.jpg", 1), note });
    const visit = await packed(ending(request), "v", store);
    const noted = calls.find(([name, of]) => name === "encryptFile" && of === "notes-v.json");
    expect(JSON.parse(new TextDecoder().decode(noted?.[2] as ArrayBuffer))).toEqual({ "a.jpg": note });
    expect(visit.attachments.map(([name]) => name)).toEqual(["a.jpg.enc", "b.png.enc", "notes-v.json.enc", "submission.xml.enc"]);
  });

  it("leaves nothing readable on the phone once it is sealed", async () => {
    const { xml, attachments } = await packed(ending(request), "v", store);
    await store.put("drafts", { id: "v" } as Draft);
    const seal = sealOver(attachments);
    const outgoing = { id: "v", task_id: null, label: "", form_title: "", xml, seal, finished_at: 0, upload: freshUpload(), draft: null };
    await sealDraft(store, outgoing);
    const names = (await store.filesOf("v")).map((it) => it.name);
    expect(names).toEqual(["a.jpg.enc", "b.png.enc", "submission.xml.enc"]);
    expect(await store.getAll("drafts")).toEqual([]);
    expect(JSON.stringify(await store.getAll("outbox"))).not.toContain("秘密");
  });

  it("is offered to the next visits of its form until the account leaves the phone", async () => {
    const { xml, attachments } = await packed(ending(null), "v", store);
    const seal = sealOver(attachments);
    const outgoing = { id: "v", task_id: null, label: "", form_title: "", xml, seal, finished_at: 0, upload: freshUpload(), draft: null };
    await sealDraft(store, outgoing, "street");
    await sealDraft(store, { ...outgoing, id: "w", xml: "<data>later</data>" });
    expect(await lastSaved(store, "street")).toEqual({ id: "v", xml: finished.xml });
    expect(await lastSaved(store, "str")).toBeNull();
    await sealDraft(store, { ...outgoing, id: "x", xml: "<data>last</data>" }, "street");
    expect(await lastSaved(store, "street")).toEqual({ id: "x", xml: "<data>last</data>" });
    await store.forgetPeople();
    expect(await lastSaved(store, "street")).toBeNull();
  });

  it("is not sent without a file that it names", async () => {
    await store.change([{ kind: "delete_files", visit: "v", but: new Set(["a.jpg"]) }]);
    for (const encryption of [null, request]) {
      await expect(packed(ending(encryption), "v", store)).rejects.toThrow(VisitError);
    }
  });
});
