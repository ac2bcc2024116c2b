/** Publishing a workbook: one with errors has them all told with their places; a good one is published. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";

import writeXlsx from "write-excel-file/node";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { FORMS } from "../fixture/paths.js";
import { cellsOf, chooseFile, Desk, DeskSignIn } from "../pages/desk.js";

/** A workbook whose cells are wrong in several ways at once. */
const BROKEN = {
  survey: [
    ["type", "name", "label", "relevant", "calculation"],
    ["text", "greeting", "问候", "", ""],
    ["txet", "wrong_type", "类型写错了", "", ""],
    ["select_one colours", "colour", "颜色", "", ""],
    ["text", "greeting", "名字重复了", "", ""],
    ["text", "hidden", "条件写错了", "${nobody} = 'x'", ""],
    ["calculate", "sum", "", "", "1 + ("],
  ],
  choices: [["list_name", "name", "label"], ["shapes", "round", "圆"]],
  settings: [["form_title", "form_id", "version"], ["坏的表", "broken_form", "1"]],
};

/** What the errors are about: sheet and row as a person counts them. */
const WRONG_ROWS = [3, 4, 5, 6, 7];

journey("a supervisor publishes a workbook", (step) => {
  let community;
  let browser;
  let desk;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    desk = await browser.desk(community.url);
  });
  after(async () => {
    await desk?.close();
    await browser?.close();
    await community?.close();
  });

  step("sees every error of a workbook with sheet, row and column", async () => {
    const signIn = new DeskSignIn(desk.page);
    await signIn.open();
    await signIn.signIn("supervisor", community.logins.get("supervisor"));
    await new Desk(desk.page).go("表单");
    await chooseFile(desk.page, "选择文件", { name: "broken.xlsx", mimeType: XLSX, buffer: await workbook(BROKEN) });
    await desk.page.getByRole("heading", { name: "有错误，不能发布" }).waitFor();
    const problems = await cellsOf(desk.page.getByRole("table", { name: /^工作簿里的问题/u }));
    const errors = problems.filter(([severity]) => severity === "错误");
    for (const row of WRONG_ROWS) {
      const told = errors.filter((it) => it[1] === "survey" && it[2] === String(row));
      assert.ok(told.length > 0, `nothing about survey row ${row} in ${JSON.stringify(problems)}`);
      assert.match(told[0][3], /^[A-Z]/u, "a column");
      assert.match(told[0][4], /\p{Script=Han}/u, "a text");
    }
    assert.equal(await desk.page.getByRole("button", { name: "发布这个版本" }).count(), 0);
    await look(desk.page, "desk-workbook-errors");
  });

  step("publishes a good one after its check", async () => {
    const buffer = await readFile(join(FORMS, "inspection.xlsx"));
    await chooseFile(desk.page, "选择文件", { name: "inspection.xlsx", mimeType: XLSX, buffer });
    await desk.page.getByRole("heading", { name: "检查通过，还没有发布" }).waitFor();
    await desk.page.getByRole("button", { name: "发布这个版本" }).click();
    await desk.page.getByRole("heading", { name: "已发布", exact: true }).waitFor();
    await look(desk.page, "desk-forms");
    const forms = await (await community.signIn("supervisor")).json("/desk/forms");
    assert.ok(!forms.some((it) => it.form_id === "broken_form"), "the refused form is nowhere");
    assert.ok(forms.some((it) => it.form_id === "inspection" && it.current));
  });
});

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

function workbook(sheets) {
  const rows = (table) => table.map((row) => row.map((value) => ({ value, type: String })));
  return writeXlsx(Object.entries(sheets).map(([sheet, table]) => ({ data: rows(table), sheet }))).toBuffer();
}
