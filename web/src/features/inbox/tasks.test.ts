import { describe, expect, it } from "vitest";

import type { Task } from "@/api/phone";
import type { Outgoing } from "@/offline/store";
import { civilDay, dueFrom, localText, matching, openTasks } from "./tasks";

function task(id: string, more: Partial<Task> = {}): Task {
  return {
    id,
    type: "cert",
    type_label: { "zh-CN": "入户认证", en: "Certification" },
    form_id: "f",
    state: "open",
    subject: "",
    label: id,
    address: "",
    grid: "G01",
    grid_label: "",
    building: "",
    due: "2026-11-30",
    overdue: false,
    answer_by: 0,
    n_people: 1,
    number: "T1121-K7Q2M9",
    visit_no: 1,
    search: "",
    id_masked: "",
    phone: "",
    note: "",
    age: null,
    prefill: [],
    returned: null,
    updated_at: 0,
    ...more,
  };
}

function outgoing(task_id: string, upload: Outgoing["upload"]): Outgoing {
  const seal = { version: 1 as const, instance_id: "", xml_sha256: "", attachments: [], digest: "", device_time_ms: 0, device_id: "" };
  return { id: task_id, task_id, label: "", form_title: "", xml: "", seal, finished_at: 0, upload, draft: null };
}

const receipt = { number: "n", instance_id: "", received_at: 0, digest: "", n_attachments: 0 };
const returned = { reason: "照片不清楚", by_name: "", at: 0, submission_id: "", answers: [] };

describe("the inbox", () => {
  it("shows returned tasks first, then the nearest due", () => {
    const tasks = [task("c", { due: "2026-12-01" }), task("b"), task("a"), task("d", { due: "2027-01-01", returned })];
    const board = { tasks, forms: [], drafts: [], outbox: [], nDamaged: 0 };
    expect(openTasks(board, new Set()).map((it) => it.id)).toEqual(["d", "a", "b", "c"]);
  });

  it("leaves out what was done here and the server has not told of yet", () => {
    const outbox = [
      outgoing("waiting", { kind: "waiting", tries: 0, not_before: 0, reason: "" }),
      outgoing("news", { kind: "stored", receipt, stored_at: 20 }),
      outgoing("returned since", { kind: "stored", receipt, stored_at: 5 }),
    ];
    const tasks = ["waiting", "news", "returned since", "open"].map((id) => task(id));
    expect(openTasks({ tasks, forms: [], drafts: [], outbox, nDamaged: 0 }, new Set(["returned since"])).map((it) => it.id)).toEqual(["open", "returned since"]);
  });

  it.each([
    ["wgq", ["1"]],
    ["王桂", ["1"]],
    ["3栋", ["1", "2"]],
    ["3栋 wang", ["1"]],
    ["", ["1", "2"]],
    ["zz", []],
  ])("finds by %j", (search, expected) => {
    const tasks = [
      task("1", { label: "王桂芹", search: "wgq wangguiqin 王桂芹 3栋", building: "3栋" }),
      task("2", { label: "李建国", search: "ljg lijianguo 李建国 3栋", building: "3栋" }),
    ];
    expect(matching(tasks, search).map((it) => it.id)).toEqual(expected);
  });

  it.each([
    ["2026-11-18", { kind: "overdue", days: 3 }],
    ["2026-11-21", { kind: "today", days: 0 }],
    ["2027-01-01", { kind: "later", days: 41 }],
  ])("sees %s from 21 November", (due, expected) => {
    expect(dueFrom(due, "2026-11-21")).toEqual(expected);
  });

  it("reads the civil day and a text", () => {
    expect(civilDay(new Date(2026, 0, 5, 23, 59))).toBe("2026-01-05");
    expect(localText({ "zh-CN": "表", en: "Form" }, "en")).toBe("Form");
    expect(localText({ "zh-CN": "表" }, "en")).toBe("表");
    expect(localText("表", "en")).toBe("表");
  });
});
