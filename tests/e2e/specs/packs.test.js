/**
 * A pack on its way to being the way people work: every error told with its cell, what changes, published, and gone back
 * from; the phones work by it at once.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { changedTasks } from "../fixture/workbook.js";
import { certificationTask } from "../pages/certification.js";
import { Desk, DeskSignIn, PacksPage } from "../pages/desk.js";

/** Sets the cell of the first row that begins with these cells; an empty value in `begins` fits anything. */
function set(table, begins, column, value) {
  const row = table.findIndex((it) => begins.every((cell, at) => cell === "" || it[at] === cell));
  assert.ok(row > 0, `no row ${begins}`);
  table[row][table[0].indexOf(column)] = value;
  return String(row + 1);
}

const without = (table, task) => table.filter((row) => row[0] !== task);

journey("a supervisor checks, publishes and takes back a pack", (step) => {
  let community;
  let browser;
  let desk;
  let packs;
  const people = async () => (await certificationTask(await community.signIn("v01"))).n_people;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    desk = await browser.desk(community.url);
    packs = new PacksPage(desk.page);
  });
  after(async () => {
    await desk?.close();
    await browser?.close();
    await community?.close();
  });

  step("sees every error of a pack with sheet, row and column", async () => {
    const signIn = new DeskSignIn(desk.page);
    await signIn.open();
    await signIn.signIn("supervisor", community.logins.get("supervisor"));
    await new Desk(desk.page).go("任务包");
    const wrong = [];
    await packs.drop(
      await changedTasks(({ tasks, outcomes, calendar }) => {
        wrong.push(["tasks", set(tasks, ["certify.doorstep"], "form", "doorstep_certificaton"), "D"]);
        wrong.push(["tasks", set(tasks, ["care.daily"], "cadence", "P0D"), "H"]);
        wrong.push(["outcomes", set(outcomes, ["certify.doorstep", "absent"], "state", "waiting"), "E"]);
        wrong.push(["calendar", set(calendar, ["2026-10-01"], "to", "2026-09-01"), "B"]);
      }),
    );
    const told = await packs.problems();
    for (const place of wrong) {
      const found = told.find((it) => it[0] === "错误" && place.every((cell, at) => it[at + 1] === cell));
      assert.ok(found, `nothing about ${place} in ${JSON.stringify(told)}`);
      assert.match(found[4], /\p{Script=Han}/u, "a text");
    }
    assert.equal(await packs.publish.count(), 0);
    await look(desk.page, "desk-pack-errors", { fullPage: true });
  });

  step("sees what a good one changes, before anything does", async () => {
    await packs.drop(
      await changedTasks((sheets) => {
        set(sheets.tasks, ["certify.doorstep"], "pairs", "3");
        sheets.tasks = without(sheets.tasks, "courtyard.update");
        sheets.outcomes = without(sheets.outcomes, "courtyard.update");
      }),
    );
    const rows = (await packs.rows()).map((row) => row.map((it) => it.replaceAll(/\s+/gu, " ").trim()));
    assert.deepEqual(rows, [
      ["修改", "tasks", "certify.doorstep 上门认证", "pairs 2 → 3"],
      ["去掉", "tasks", "courtyard.update 楼院治理台账", ""],
      ["去掉", "outcomes", "courtyard.update · * 其他任何结果", ""],
    ]);
    await packs.changes.getByText(/个没办完的任务会先睡着/u).waitFor();
    assert.equal(await people(), 2);
    await look(desk.page, "desk-pack-changes", { fullPage: true });
  });

  step("publishes it, and the phones work by it", async () => {
    await packs.publish.click();
    await desk.page.getByRole("heading", { name: "已发布，马上照新的办" }).waitFor();
    await packs.pack(0).getByText("正在用").waitFor();
    assert.equal(await people(), 3);
    await packs.pack(1).getByRole("button", { name: /^比较/u }).click();
    const compared = desk.page.getByRole("region", { name: /^退回到 .+ 会怎样$/u });
    await compared.getByText(/个睡着的任务会醒来/u).waitFor();
    await look(desk.page, "desk-packs", { fullPage: true });
  });

  step("goes back to the one before", async () => {
    await packs.pack(1).getByRole("button", { name: /^退回到这个/u }).click();
    const dialog = desk.page.getByRole("dialog", { name: "退回到以前的任务包？" });
    await dialog.getByLabel(/^说明/u).fill("三个人排不过来");
    await look(desk.page, "desk-pack-back");
    await dialog.getByRole("button", { name: "退回到这个" }).click();
    await packs.pack(1).getByText("正在用").waitFor();
    await packs.events.getByText("三个人排不过来").waitFor();
    assert.equal(await people(), 2);
  });
});
