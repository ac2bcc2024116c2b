import "fake-indexeddb/auto";

import { beforeEach, describe, expect, it } from "vitest";

import type { Task } from "@/api/phone";
import { onPhone } from "./account";
import { board, refreshBoard } from "./board";
import { draftForForm, draftForTask } from "./drafts";
import { openUnlocked } from "./open-unlocked";
import { replaceFetched, type Store, type StoredForm } from "./store";
import { tidy } from "./tidy";

const account = { id: "a1", username: "v01", name: "徐华莉", role: "volunteer" as const, grids: [], locale: "zh-CN" as const };
const task = { id: "t1", form_id: "visit", label: "王秀兰", subject: "1" } as Task;
const version = (version: string) => ({ key: `visit@${version}`, form_id: "visit", version, is_current: true, xform: "<a/>" }) as StoredForm;

let nStores = 0;

describe("a visit", () => {
  let store: Store;

  const fetched = (forms: StoredForm[]) =>
    replaceFetched(store, { tasks: [task], forms, lists: [], sync: { at: 0, n_tasks: 1, n_forms: forms.length, stored: [] } });

  beforeEach(async () => {
    store = await openUnlocked(`drafts-${(nStores += 1)}`);
    onPhone.value = { account, store };
    await fetched([version("1")]);
    await refreshBoard();
  });

  it("is begun once: the second time its draft is found", async () => {
    const draft = await draftForTask(task, "入户");
    expect(draft).toMatchObject({ task_id: "t1", form_key: "visit@1", label: "王秀兰", subject: "1", form_title: "入户" });
    expect(await draftForTask(task, "入户")).toEqual(draft);
    expect(await store.getAll("drafts")).toHaveLength(1);
  });

  it("is begun under the version that came while the screen still showed the one before", async () => {
    await fetched([version("2")]);
    expect(board.value.forms).toMatchObject([{ key: "visit@1" }]);
    const drafts = [await draftForTask(task, "入户"), await draftForForm("visit", "入户")];
    await tidy(store);
    for (const draft of drafts) expect(await store.get("forms", draft?.form_key ?? "")).toMatchObject({ version: "2" });
    expect((await store.getAll("drafts")).map((it) => it.form_key)).toEqual(["visit@2", "visit@2"]);
  });

  it("is not begun, and leaves no draft, where its form was withdrawn meanwhile", async () => {
    await fetched([]);
    expect(await draftForTask(task, "入户")).toBeNull();
    expect(await store.getAll("drafts")).toEqual([]);
    expect(board.value.forms).toEqual([]);
  });
});
