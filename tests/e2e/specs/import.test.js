/** The whole register as a workbook: progress, a preview, each bad row with its place, and nothing changed before "apply". */
import assert from "node:assert/strict";
import { after, before } from "node:test";

import writeXlsx from "write-excel-file/node";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { DOORSTEP } from "../fixture/paths.js";
import { run } from "../fixture/process.js";
import { cellsOf, chooseFile, DeskSignIn } from "../pages/desk.js";

/** Residents of the demonstration community. */
const N_RESIDENTS = 16_800;

const SHEET = "居民";
const MOVED_PHONE = "15499990001";
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** Time that 16,800 rows may take on a slow machine. */
const WHOLE_REGISTER_MS = 120_000;

journey("a supervisor imports the whole register", (step) => {
  let community;
  let browser;
  let desk;
  let file;
  let changed;
  let newcomer;
  /** A row that is odd but may be right: it is told of and kept. */
  let odd;
  let bad;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    desk = await browser.desk(community.url);
    const { columns, rows } = JSON.parse(await run(DOORSTEP, ["export-list", "residents", "--data", community.data]));
    assert.equal(rows.length, N_RESIDENTS);
    const column = (name) => columns.indexOf(name);
    changed = rows.slice(0, 3).map((row) => row[column("name")]);
    for (const row of rows.slice(0, 3)) row[column("phone")] = MOVED_PHONE;
    newcomer = [...rows[10]];
    newcomer[column("name")] = "00000000-0000-4000-8000-000000000001";
    newcomer[column("full_name")] = "新来甲";
    for (const name of ["id_number", "id_masked", "id_last4"]) newcomer[column(name)] = "";
    // Row numbers as a person counts them: the head is row 1.
    odd = { row: 102, column: "phone", value: "123" };
    bad = [
      { row: 203, column: "birth_date", value: "1950-02-31" },
      { row: 304, column: "id_number", value: "880101195001011111" },
    ];
    for (const it of [odd, ...bad]) rows[it.row - 2][column(it.column)] = it.value;
    rows.push(newcomer);
    const data = [columns, ...rows].map((row) => row.map((value) => ({ value: String(value), type: String })));
    file = { name: "登记表.xlsx", mimeType: XLSX, buffer: await writeXlsx(data, { sheet: SHEET }).toBuffer() };
  });
  after(async () => {
    await desk?.close();
    await browser?.close();
    await community?.close();
  });

  step("sees how far the reading is", async () => {
    const signIn = new DeskSignIn(desk.page);
    await signIn.open();
    await signIn.signIn("supervisor", community.logins.get("supervisor"));
    await desk.page.getByRole("link", { name: "居民", exact: true }).click();
    await desk.page.getByRole("link", { name: "导入登记表" }).click();
    await chooseFile(desk.page, "选择文件", file);
    await desk.page.getByRole("progressbar").waitFor();
  });

  step("sees what would change, and every bad row with its place and reason", async () => {
    await desk.page.getByRole("heading", { name: /^第二步：看看有什么变化/u }).waitFor({ timeout: WHOLE_REGISTER_MS });
    const counts = await desk.page.getByRole("region", { name: /^第二步/u }).locator("dd").allInnerTexts();
    const numbers = counts.map((it) => Number(it.replaceAll(",", "")));
    const nChanged = changed.length + 1;
    assert.deepEqual(numbers, [1, nChanged, N_RESIDENTS - nChanged - bad.length, bad.length]);
    const problems = await cellsOf(desk.page.getByRole("table", { name: /^文件里的问题/u }));
    for (const it of [odd, ...bad]) {
      const wanted = it === odd ? "提醒" : "错误";
      const told = problems.find(([severity, , row]) => severity === wanted && row.replaceAll(",", "") === String(it.row));
      assert.ok(told, `nothing about row ${it.row} in ${JSON.stringify(problems)}`);
      assert.equal(told[1], SHEET);
      assert.match(told[3], /^[A-Z]/u);
      assert.match(told[4], /\p{Script=Han}/u);
    }
    await look(desk.page, "desk-import");
    assert.notEqual(await phoneOf(changed[0]), MOVED_PHONE, "nothing is changed before it is applied");
  });

  step("applies the good rows", async () => {
    await desk.page.getByRole("button", { name: /^应用 5 处变化/u }).click();
    await desk.page.getByText("导入完成：新增 1 人，更新 4 人。").waitFor({ timeout: WHOLE_REGISTER_MS });
    await look(desk.page, "desk-import-applied");
    for (const id of changed) assert.equal(await phoneOf(id), MOVED_PHONE);
    const supervisor = await community.signIn("supervisor");
    const { items } = await supervisor.json(`/desk/residents?q=${encodeURIComponent("新来甲")}`);
    assert.equal(items.length, 1);
  });

  async function phoneOf(id) {
    const resident = await (await community.signIn("supervisor")).json(`/desk/residents/${id}`);
    return resident.fields.find((it) => it.name === "phone")?.value;
  }
});
