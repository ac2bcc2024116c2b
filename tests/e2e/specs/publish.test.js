/**
 * A workbook on its way to the doors: every error told with its cell, the form alive before anything is uploaded, tried
 * with data of the register, compared, published, gone back from; and a phone in between that loses nothing.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { changedFile, renamedCertification, setCell, shippedFile, workbookFile } from "../fixture/workbook.js";
import { certificationTask } from "../pages/certification.js";
import { Desk, DeskSignIn, FormsPage } from "../pages/desk.js";
import { InboxPage, LockPage, OutboxPage, SignInPage } from "../pages/phone.js";

/** A workbook whose cells are wrong in several ways at once, and one that is only odd. */
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
const WRONG_ROWS = ["3", "4", "5", "6", "7"];

const FORM = "doorstep_certification";
const TITLE = "上门认证登记表";
const NEXT = "2999010101";
/** How the changed workbook asks who came along, and how the shipped one does. */
const NEW_QUESTION = /这次和谁一起来的/u;
const OLD_QUESTION = /和谁一起去的/u;

const renamed = (version = NEXT) => renamedCertification(version);

journey("a supervisor tries, publishes and takes back a workbook", (step) => {
  let community;
  let browser;
  let desk;
  let forms;
  let changed;
  let uploads = 0;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    desk = await browser.desk(community.url);
    forms = new FormsPage(desk.page);
    changed = await renamed();
    desk.page.on("request", (it) => {
      if (it.method() === "POST" && it.url().endsWith("/desk/forms")) uploads += 1;
    });
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
    await forms.drop(await workbookFile("broken.xlsx", BROKEN));
    const errors = await forms.problems("错误");
    for (const row of WRONG_ROWS) {
      const told = errors.find((it) => it[0] === "survey" && it[1] === row);
      assert.ok(told, `nothing about survey row ${row} in ${JSON.stringify(errors)}`);
      assert.match(told[2], /^[A-Z]/u, "a column");
      assert.match(told[3], /\p{Script=Han}/u, "a text");
    }
    assert.equal(await forms.publish.count(), 0);
    // What is right of it is alive all the same.
    await forms.screen.getByRole("textbox", { name: "问候" }).fill("你好");
    await forms.phone.getByText(/^工作簿有错误：/u).waitFor();
    await look(desk.page, "desk-workbook-errors", { fullPage: true });
  });

  step("sees a good one alive before anything is uploaded", async () => {
    await desk.context.setOffline(true);
    await forms.drop(await shippedFile(FORM));
    await forms.on(/今天上门的是谁/u);
    await desk.page.getByText("这个文件和正在使用的版本完全一样，不用再发布。").waitFor();
    await forms.phone.getByLabel("表格语言").selectOption("English (en)");
    await forms.on(/Who/u);
    await forms.phone.getByLabel("表格语言").selectOption("中文 (zh)");
    await forms.phone.getByRole("button", { name: "大字" }).click();
    await look(desk.page, "desk-form-large");
    await forms.phone.getByRole("button", { name: "大字" }).click();
    await desk.context.setOffline(false);
    assert.equal(uploads, 0);
  });

  step("tries it with a resident of the register", async () => {
    await forms.drop(changed);
    const data = desk.page.getByRole("region", { name: "用登记数据试填" });
    const task = await certificationTask(await community.signIn("v01"));
    await data.getByLabel(/^找居民/u).fill(task.label.split(" ")[0]);
    await data.getByRole("button", { name: new RegExp(task.id_masked.replaceAll("*", "\\*"), "u") }).click();
    await data.getByText(/^正在用 .+ 的登记数据试填。$/u).waitFor();
    await forms.screen.getByText(task.id_masked).waitFor();
    await look(desk.page, "desk-form-trial");
    await forms.next();
    await forms.on(/上门情况/u);
    await forms.next();
    await forms.screen.getByText(/这一页还有要改的/u).waitFor();
    await forms.screen.getByRole("textbox", { name: NEW_QUESTION }).fill("同伴甲");
    await forms.choose(/进门前有没有出示工作证/u, "是");
    await forms.choose(/见到本人了吗/u, "没人在家");
    await forms.next();
    await forms.on(/没见到人/u);
    await forms.choose(/什么情况/u, "敲门没人应");
    await forms.choose(/问过邻居或楼长吗/u, "是");
    await forms.choose(/留下联系纸条了吗/u, "是");
    await forms.next();
    await forms.screen.getByLabel(/下次什么时候再来/u).fill(inDays(7));
    await forms.screen.getByRole("button", { name: "填完看看" }).click();
    await forms.result.getByText(/^可以提交，没有要留意的地方/u).waitFor();
    await forms.result.getByRole("row").filter({ hasText: "同伴甲" }).waitFor();
    await look(desk.page, "desk-form-result", { fullPage: true });
  });

  step("sees what it changes, and what that means at the doors", async () => {
    await forms.comparison.scrollIntoViewIfNeeded();
    const table = forms.comparison.getByRole("table", { name: "和正在使用的版本比较" });
    await table.getByRole("row").filter({ hasText: "删去" }).filter({ hasText: "companions" }).waitFor();
    await table.getByRole("row").filter({ hasText: "新增" }).filter({ hasText: "partner" }).waitFor();
    await forms.comparison.getByText(/项没办完的任务用这张表/u).waitFor();
    await forms.comparison.getByText(/填到一半的记录，仍按 \d+ 填完/u).waitFor();
    await look(desk.page, "desk-form-comparison", { fullPage: true });
  });

  step("is told where to write another version when the number is taken", async () => {
    await forms.drop(
      await changedFile(FORM, ({ survey }) => setCell(survey, "companions", "label::中文 (zh)", "同来的是谁?")),
    );
    const [told] = await forms.problems("错误");
    assert.deepEqual(told.slice(0, 3), ["settings", "2", "C"]);
    assert.match(told[3], /例如 \d{10}/u);
  });

  step("hears when the server cannot be reached, and publishes when it can", async () => {
    await forms.drop(changed);
    await desk.context.setOffline(true);
    const dialog = await forms.publishWith("问法改得更清楚");
    await look(desk.page, "desk-form-publish");
    await dialog.getByRole("button", { name: "发布这个版本" }).click();
    await dialog.getByRole("alert").waitFor();
    await desk.context.setOffline(false);
    await dialog.getByRole("button", { name: "发布这个版本" }).click();
    await desk.page.getByRole("heading", { name: "已发布", exact: true }).waitFor();
    await look(desk.page, "desk-forms");
    const published = await (await community.signIn("supervisor")).json("/desk/forms");
    assert.ok(!published.some((it) => it.form_id === "broken_form"), "the refused form is nowhere");
    assert.equal(published.find((it) => it.form_id === FORM && it.current).version, NEXT);
  });

  step("downloads the workbook, and goes back to the version before", async () => {
    await forms.open(TITLE);
    const downloading = desk.page.waitForEvent("download");
    await forms.version(NEXT).getByRole("link", { name: "工作簿" }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), `${FORM}-${NEXT}.xlsx`);
    assert.deepEqual(await readFile(await download.path()), changed.buffer);
    const earlier = forms.version("2026");
    await earlier.getByRole("button", { name: /^看看有什么不同/u }).click();
    await forms.comparison.getByText("新增 1 项，删去 1 项，改了 0 项。").waitFor();
    await earlier.getByRole("button", { name: /^换回这个版本/u }).click();
    const dialog = desk.page.getByRole("dialog", { name: "换回以前的版本？" });
    await dialog.getByLabel(/^说明/u).fill("先用原来的");
    await dialog.getByRole("button", { name: "换回这个版本" }).click();
    await earlier.getByText("正在使用").waitFor();
    await desk.page.getByRole("region", { name: "经过" }).getByText("先用原来的").waitFor();
    await look(desk.page, "desk-form-versions");
  });

  step("is walked through by keyboard alone", async () => {
    await desk.page.goto("/desk/forms");
    await forms.drop(await renamed("2999010102"));
    await forms.on(/今天上门的是谁/u);
    await desk.page.locator("#trial-title").focus();
    const reached = [];
    for (let i = 0; i < 20 && !reached.at(-1)?.includes("下一步"); i += 1) {
      await desk.page.keyboard.press("Tab");
      const at = await desk.page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
      reached.push(at.slice(0, 20));
      if (at === "发布这个版本") {
        await desk.page.keyboard.press("Enter");
        await desk.page.getByRole("dialog", { name: /^发布/u }).waitFor();
        await desk.page.keyboard.press("Escape");
        await desk.page.getByRole("dialog", { name: /^发布/u }).waitFor({ state: "hidden" });
      }
    }
    for (const wanted of ["不用这个文件", "发布这个版本", "大字", "重新填", "下一步"]) {
      assert.ok(reached.some((it) => it.includes(wanted)), `${wanted} is not among ${JSON.stringify(reached)}`);
    }
  });
});

journey("a version changes while a visit is under way", (step) => {
  let community;
  let browser;
  let desk;
  let forms;
  let phone;
  let inbox;
  let visit;
  let tasks;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    const volunteer = await community.signIn("v01");
    tasks = await Promise.all([0, 1, 2].map((skip) => certificationTask(volunteer, skip)));
    desk = await browser.desk(community.url);
    forms = new FormsPage(desk.page);
    phone = await browser.phone(community.url);
  });
  after(async () => {
    await desk?.close();
    await phone?.close();
    await browser?.close();
    await community?.close();
  });

  step("a visit is begun under the first version", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    inbox = new InboxPage(phone.page);
    await inbox.ready.waitFor();
    visit = await inbox.begin(tasks[0].label);
    await visit.on(/今天上门的是谁/u);
    await visit.next();
    await visit.write(OLD_QUESTION, "同伴甲");
    await phone.context.setOffline(true);
  });

  step("the second version is published while the phone is out of reach", async () => {
    const signIn = new DeskSignIn(desk.page);
    await signIn.open();
    await signIn.signIn("supervisor", community.logins.get("supervisor"));
    await new Desk(desk.page).go("表单");
    await forms.drop(await renamed());
    await (await forms.publishWith("")).getByRole("button", { name: "发布这个版本" }).click();
    await desk.page.getByRole("heading", { name: "已发布", exact: true }).waitFor();
  });

  step("the draft is finished under the version it was begun with, and taken without a flag", async () => {
    const fetched = phone.page.waitForResponse(/\/forms\/.+\/xform$/u);
    await phone.context.setOffline(false);
    await fetched;
    await phone.page.goto("/#/");
    visit = await inbox.begin(tasks[0].label);
    await visit.on(/上门情况/u);
    assert.equal(await visit.field(OLD_QUESTION).inputValue(), "同伴甲");
    await absent(visit);
    await new OutboxPage(phone.page).state(tasks[0].label, "服务器已收到").waitFor();
    const supervisor = await community.signIn("supervisor");
    const [row] = (await supervisor.json("/desk/submissions")).items;
    const stored = await supervisor.json(`/desk/submissions/${row.id}`);
    assert.deepEqual(stored.flags, []);
    assert.equal(stored.answers.find((it) => it.name === "companions")?.value, "同伴甲");
  });

  step("a new visit has the second version", async () => {
    await phone.page.goto("/#/");
    await inbox.refresh();
    visit = await inbox.begin(tasks[1].label);
    await visit.on(/今天上门的是谁/u);
    await visit.next();
    await visit.field(NEW_QUESTION).waitFor();
  });

  step("after going back, a new visit has the first version again", async () => {
    await forms.open(TITLE);
    await forms.version("2026").getByRole("button", { name: /^换回这个版本/u }).click();
    const dialog = desk.page.getByRole("dialog", { name: "换回以前的版本？" });
    await dialog.getByRole("button", { name: "换回这个版本" }).click();
    await forms.version("2026").getByText("正在使用").waitFor();
    await phone.page.goto("/#/");
    await inbox.refresh();
    visit = await inbox.begin(tasks[2].label);
    await visit.on(/今天上门的是谁/u);
    await visit.next();
    await visit.field(OLD_QUESTION).waitFor();
    await phone.page.goto("/#/");
    visit = await inbox.begin(tasks[1].label);
    await visit.field(NEW_QUESTION).waitFor();
  });
});

/** Fills the rest of a visit where nobody opened, from the page of the visit itself. */
async function absent(visit) {
  await visit.choose(/进门前有没有出示工作证/u, "是");
  await visit.choose(/见到本人了吗/u, "没人在家");
  await visit.next();
  await visit.on(/没见到人/u);
  await visit.choose(/什么情况/u, "敲门没人应");
  await visit.choose(/问过邻居或楼长吗/u, "是");
  await visit.choose(/留下联系纸条了吗/u, "是");
  await visit.next();
  await visit.on(/收尾/u);
  await visit.page.getByLabel(/下次什么时候再来/u).fill(inDays(7));
  await visit.next();
  await visit.on("检查一遍");
  await visit.finish.tap();
}

/** Returns the civil day so many days from now in the tests' time zone. */
function inDays(days) {
  return new Date(Date.now() + days * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10);
}
