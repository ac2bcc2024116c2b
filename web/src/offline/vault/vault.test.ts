import "fake-indexeddb/auto";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { codeOwed, locked, onPhone } from "../account";
import { firstLock, LockedError, openDatabase, Store } from "../database";
import { chooseCode, lockPhone, unlock } from "../lock";
import { openUnlocked } from "../open-unlocked";
import { saveDraft, sealDraft, type Attachment, type Draft, type Outgoing } from "../store";
import { seal, unseal } from "./cipher";
import { freshFinished, freshLock, keysForSending, keysLocked, keysOf, openBySecret } from "./keys";

/** Codes are slow to look at on purpose. */
const SLOWLY_MS = 60_000;
const SECRET = "ab".repeat(32);
/** What the server derives from it; its own tests know the same. */
const SENDING_SECRET = "15a3924a88aae7c37c235d9925b35d608a6c9a39de913a78e750b7fc6a987e0c";
const account = { id: "a1", username: "v01", name: "徐华莉", role: "volunteer" as const, grids: [], locale: "zh-CN" as const };
const draft = { id: "v1", form_key: "f@1", label: "王秀兰" } as Draft;
const photo: Attachment = { visit_id: "v1", name: "a.jpg", media_type: "image/jpeg", bytes: Uint8Array.of(255, 216, 255, 1).buffer, sha256: "s", strokes: null };
const outgoing = { id: "v1", xml: "<data>王秀兰</data>", seal: { version: 1, attachments: [["a.jpg", "s"]] }, draft } as unknown as Outgoing;

let nStores = 0;

vi.stubGlobal("navigator", {});

describe("a record", () => {
  it("comes back as it was, bytes and all, at its own place only", async () => {
    const { people } = await freshLock(SECRET);
    const value = { name: "王秀兰", bytes: Uint8Array.of(1, 2, 3).buffer, more: new ArrayBuffer(0), list: [1, null] };
    const sealed = await seal(people, "files/a", value);
    expect(await unseal(people, "files/a", sealed)).toEqual(value);
    await expect(unseal(people, "files/b", sealed)).rejects.toThrow();
    await expect(unseal((await freshLock(SECRET)).people, "files/a", sealed)).rejects.toThrow();
    expect(Buffer.from(sealed.sealed).includes("王秀兰")).toBe(false);
  });
});

describe("the phone's data", () => {
  let name: string;

  beforeEach(async () => {
    name = `vault-${(nStores += 1)}`;
    const { lock, people } = await freshLock(SECRET);
    const { database } = await openDatabase(name);
    const store = new Store(database, await keysOf(await firstLock(database, lock), people));
    onPhone.value = { account, store };
    [locked.value, codeOwed.value] = [null, people];
    await chooseCode("284613");
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => void vi.useRealTimers());

  const typed = async (code: string, times: number) => {
    const follows = [];
    for (let n = 0; n < times; n += 1) {
      follows.push((await unlock(code))?.kind ?? "open");
      vi.setSystemTime(Date.now() + 31 * 60_000);
    }
    return follows;
  };

  it("opens with the code and with nothing else", async () => {
    await saveDraft(onPhone.value!.store, draft, [photo]);
    await lockPhone();
    expect(onPhone.value).toBeNull();
    await expect(locked.value!.store.getAll("drafts")).rejects.toThrow(LockedError);
    expect(await typed("284614", 1)).toEqual(["again"]);
    expect(await typed("284613", 1)).toEqual(["open"]);
    expect(await onPhone.value!.store.getAll("drafts")).toEqual([draft]);
    expect(await onPhone.value!.store.filesOf("v1")).toEqual([photo]);
  });

  it("lets what is finished be sent while it is locked, with its files", async () => {
    await saveDraft(onPhone.value!.store, draft, [photo]);
    await sealDraft(onPhone.value!.store, outgoing);
    await lockPhone();
    const [waiting] = await locked.value!.store.getAll("outbox");
    expect(waiting).toMatchObject({ xml: outgoing.xml, order: 1 });
    expect(await locked.value!.store.filesOf("v1")).toEqual([photo]);
  });

  it("opens what is finished for whom the server knows, and not for who has the disk alone", async () => {
    await saveDraft(onPhone.value!.store, draft, [photo]);
    await sealDraft(onPhone.value!.store, outgoing);
    const { database, lock } = await openDatabase(name);
    const keysInTheOpen = Object.entries(lock!).filter(([, it]) => it instanceof CryptoKey);
    expect(keysInTheOpen.map(([is]) => is)).toEqual(["pepper"]);
    const onDisk = new Store(database, keysLocked(lock!));
    expect(onDisk.opensFinished).toBe(false);
    await expect(onDisk.getAll("outbox")).rejects.toThrow(LockedError);
    await expect(onDisk.filesOf("v1")).rejects.toThrow(LockedError);
    const signedIn = onDisk.with((await keysForSending(lock!, SENDING_SECRET))!);
    expect(await signedIn.getAll("outbox")).toMatchObject([{ xml: outgoing.xml }]);
    expect(await signedIn.filesOf("v1")).toEqual([photo]);
    await saveDraft(onPhone.value!.store, { ...draft, id: "v2" });
    await expect(signedIn.getAll("drafts")).rejects.toThrow(LockedError);
    expect(await keysForSending(lock!, "cd".repeat(32))).toBeNull();
  });

  it("takes over the finished visits of an older version of the app, whose key lay in the open", async () => {
    const { lock, people } = await freshLock(SECRET);
    const sending = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const old = { ...lock, finished: undefined, sending };
    const { database } = await openDatabase(`${name}-old`);
    const before = new Store(database, await keysOf(old, people));
    await saveDraft(before, draft, [photo]);
    await sealDraft(before, outgoing);
    expect(await before.with(keysLocked(old)).getAll("outbox")).toHaveLength(1);
    const renewed = { ...old, finished: await freshFinished(people, SECRET) };
    await before.with(await keysOf(renewed, people)).sealOpenRecords();
    const signedIn = before.with((await keysForSending({ ...renewed, sending: undefined }, SENDING_SECRET))!);
    expect(await signedIn.getAll("outbox")).toMatchObject([{ xml: outgoing.xml, order: 1 }]);
    expect(await signedIn.filesOf("v1")).toEqual([photo]);
  });

  it("counts wrong codes together with other windows, whose changes stay", async () => {
    const { store } = onPhone.value!;
    await lockPhone();
    const finished = { byPeople: { iv: new ArrayBuffer(1), wrapped: new ArrayBuffer(2) }, byServer: { iv: new ArrayBuffer(3), wrapped: new ArrayBuffer(4) } };
    await store.changeLock((lock) => ({ ...lock, wrong: 9, finished }));
    expect(await unlock("000001")).toEqual({ kind: "erase" });
    expect(await store.readLock()).toMatchObject({ wrong: 10, code: null, finished });
    expect(await unlock("284613"), "what this window knew of the code").toEqual({ kind: "erase" });
    expect((await store.readLock())?.code).toBeNull();
  }, SLOWLY_MS);

  it("has one lock, whichever of two windows signs in first", async () => {
    const { database } = await openDatabase(`${name}-twice`);
    const [one, other] = await Promise.all([freshLock(SECRET), freshLock(SECRET)]);
    const kept = await Promise.all([firstLock(database, one.lock), firstLock(database, other.lock)]);
    expect(kept[1]!.secret).toEqual(kept[0]!.secret);
    expect(kept[0]!.secret).toEqual(one.lock.secret);
  });

  it("changes a finished visit as it lies there, not as it was read before", async () => {
    const { store } = onPhone.value!;
    await sealDraft(store, outgoing);
    const change = (more: object) => store.revise("v1", (it) => ({ ...it, ...more }));
    await Promise.all([change({ any_network: true }), change({ label: "王秀兰" })]);
    expect(await store.get("outbox", "v1")).toMatchObject({ any_network: true, label: "王秀兰" });
    await store.revise("v1", () => null);
    await store.revise("v9", () => outgoing);
    expect(await store.getAll("outbox")).toHaveLength(1);
  });

  it("reads what it can beside a record that is damaged, which it tells and leaves", async () => {
    const { store } = onPhone.value!;
    await saveDraft(store, draft, [photo]);
    await saveDraft(store, { ...draft, id: "v2" });
    const { database } = await openDatabase(name);
    const raw = (await database.get("drafts", "v1"))!;
    await database.put("drafts", { ...raw, sealed: raw.sealed.slice(1) });
    expect((await store.getAll("drafts")).map(({ id }) => id)).toEqual(["v2"]);
    expect([...store.damaged]).toEqual(['drafts/"v1"']);
    expect(await database.count("drafts")).toBe(2);
  });

  it("finishes a visit beside a replaced photo that is damaged, and fetches anew what the server has", async () => {
    const { store } = onPhone.value!;
    await saveDraft(store, draft, [photo, { ...photo, name: "before.jpg" }]);
    await store.put("lists", { instance_id: "residents", csv: "a", etag: "b" });
    const { database } = await openDatabase(name);
    const spoil = async (table: "files" | "lists", key: never) => {
      const raw = (await database.get(table, key))!;
      await database.put(table, { ...raw, sealed: raw.sealed.slice(1) });
    };
    await spoil("files", ["v1", "before.jpg"] as never);
    await spoil("lists", "residents" as never);
    expect(await store.get("lists", "residents")).toBeUndefined();
    expect(store.damaged.size).toBe(0);
    expect(await sealDraft(store, outgoing)).toBe(true);
    expect(await store.filesOf("v1")).toEqual([photo]);
  });

  it("waits after five wrong codes and after ten opens with the password alone, which loses nothing begun", async () => {
    const store = onPhone.value!.store;
    await saveDraft(store, draft, [photo]);
    await store.put("tasks", { id: "t1", label: "王秀兰" } as never);
    await lockPhone();
    expect(await typed("000001", 5)).toEqual(["again", "again", "again", "again", "wait"]);
    expect(await typed("000001", 5)).toEqual(["wait", "wait", "wait", "wait", "erase"]);
    expect(await typed("284613", 1)).toEqual(["erase"]);
    const { database, lock } = await openDatabase(name);
    expect(lock?.code).toBeNull();
    expect(await database.count("tasks")).toBe(0);
    const people = await openBySecret(lock!, SECRET);
    expect(await new Store(database, await keysOf(lock!, people!)).getAll("drafts")).toEqual([draft]);
    expect(await openBySecret(lock!, "cd".repeat(32))).toBeNull();
  }, SLOWLY_MS);

  it("looks at no code before the wait is over, not even the right one", async () => {
    await lockPhone();
    await typed("000001", 4);
    await unlock("000001");
    expect(await unlock("284613")).toMatchObject({ kind: "wait", left: 5 });
    vi.setSystemTime(Date.now() + 61_000);
    expect(await unlock("284613")).toBeNull();
  }, SLOWLY_MS);

  it("shows nothing but ids in the browser's own database", async () => {
    await saveDraft(onPhone.value!.store, draft, [photo]);
    const { database } = await openDatabase(name);
    const [raw] = await database.getAll("drafts");
    expect(Object.keys(raw ?? {}).sort()).toEqual(["by", "form_key", "id", "iv", "sealed"]);
    const [file] = await database.getAll("files");
    expect(Buffer.from(file!.sealed).includes(Buffer.from([255, 216, 255]))).toBe(false);
  });

  it("takes over what an older version of the app left in the open", async () => {
    const store = await openUnlocked("older");
    const { database } = await openDatabase("older");
    await database.put("drafts", draft as never);
    await database.put("facts", { at: 7 } as never, "sync");
    await store.sealOpenRecords();
    expect(await store.getAll("drafts")).toEqual([draft]);
    expect(await store.get("facts", "sync")).toEqual({ at: 7 });
    expect((await database.getAll("drafts"))[0]).not.toHaveProperty("label");
  });
});
