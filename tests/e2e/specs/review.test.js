/**
 * A supervisor looks at what a volunteer sent, approves one visit and returns another; the volunteer corrects that one
 * and sends it again. The register, the dashboard and the exports follow.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before } from "node:test";

import { unzipSync } from "fflate";
import readXlsx from "read-excel-file/node";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import * as form from "../pages/certification.js";
import { DashboardPage, Desk, DeskSignIn, QueuePage, SubmissionPage } from "../pages/desk.js";
import { InboxPage, LockPage, OutboxPage, SignInPage, reopen } from "../pages/phone.js";

const REASON = "本人照片看不清楚，请在光线好的地方重拍一张正面照。";
const CORRECTED_PHONE = "15400000456";

journey("a review, an approval, a return and a correction", (step) => {
  let community;
  let browser;
  let phone;
  let desk;
  let supervisor;
  let approved;
  let returned;
  let certifiedBefore;
  let receipt;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    supervisor = await community.signIn("supervisor");
    const volunteer = await community.signIn("v01");
    approved = await form.certificationTask(volunteer, 0);
    returned = await form.certificationTask(volunteer, 1);
    phone = await browser.phone(community.url);
    desk = await browser.desk(community.url);
  });
  after(async () => {
    await phone?.close();
    await desk?.close();
    await browser?.close();
    await community?.close();
  });

  step("a volunteer delivers two certifications", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    await new InboxPage(phone.page).ready.waitFor();
    await deliver(approved);
    receipt = await deliver(returned);
  });

  step("the queue shows both", async () => {
    const signIn = new DeskSignIn(desk.page);
    await signIn.open();
    await look(desk.page, "desk-sign-in");
    await signIn.signIn("supervisor", community.logins.get("supervisor"));
    const queue = new QueuePage(desk.page);
    await queue.row(approved.label).getByText("认证好了").waitFor();
    await queue.row(returned.label).waitFor();
    await look(desk.page, "desk-queue");
    await new Desk(desk.page).go("总览");
    const dashboard = new DashboardPage(desk.page);
    await dashboard.grids.waitFor();
    certifiedBefore = await dashboard.certified(approved.grid_label);
    await look(desk.page, "desk-dashboard");
  });

  step("a visit stands beside the register, with what differs marked", async () => {
    await new Desk(desk.page).go("复核");
    const submission = await new QueuePage(desk.page).open(approved.label);
    await submission.on(approved.label);
    const phoneRow = submission.answer(/新的电话/u);
    await phoneRow.getByText("和登记不同").waitFor();
    await phoneRow.getByText(approved.phone).waitFor();
    assert.ok((await phoneRow.locator("mark").count()) > 0, "the changed digits are marked");
    assert.equal(await submission.evidence.getByText("签字", { exact: true }).count(), 2);
    await desk.page.getByText("完好，没有被改动").waitFor();
    await look(desk.page, "desk-review");
  });

  step("photos are looked at larger and turned", async () => {
    const submission = new SubmissionPage(desk.page);
    await submission.evidence.getByRole("button", { name: form.PHOTO_FACE }).click();
    const picture = submission.viewer.getByRole("img");
    await picture.waitFor();
    await desk.page.waitForFunction((it) => it.naturalWidth > 0, await picture.elementHandle());
    const before = await picture.boundingBox();
    await submission.viewer.getByRole("button", { name: /^放大/u }).click();
    const larger = await until(picture, (box) => box.width > before.width * 1.2);
    await submission.viewer.getByRole("button", { name: /^转一下/u }).click();
    await until(picture, (box) => box.height > box.width && box.height > larger.height);
    await look(desk.page, "desk-photo");
    await desk.page.keyboard.press("Escape");
    await submission.viewer.waitFor({ state: "hidden" });
  });

  step("a key approves, and the register follows for twelve months", async () => {
    const submission = new SubmissionPage(desk.page);
    await submission.press("a");
    await desk.page.getByText(`“${approved.label}”已通过。`).waitFor();
    const resident = await supervisor.json(`/desk/residents/${approved.subject}`);
    const value = (name) => fieldOf(resident, name);
    const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date());
    assert.equal(value("cert_last"), today);
    assert.equal(value("cert_due"), yearLater(today));
    assert.equal(value("cert_status"), "certified");
    assert.equal(value("phone"), form.NEW_PHONE);
  });

  step("the dashboard counts one more", async () => {
    await new Desk(desk.page).go("总览");
    const dashboard = new DashboardPage(desk.page);
    await dashboard.grids.waitFor();
    assert.equal(await dashboard.certified(approved.grid_label), certifiedBefore + 1);
  });

  step("the ledger and the photos are downloaded and hold it", async () => {
    await new Desk(desk.page).go("导出");
    await look(desk.page, "desk-exports");
    const csv = (await download("下载 ledger.csv")).toString("utf8");
    assert.ok(csv.includes(approved.label), "the ledger as CSV names the visit");
    const xlsx = await readXlsx(await download("下载 ledger.xlsx"));
    const sheets = Array.isArray(xlsx[0]) ? xlsx : xlsx.flatMap((it) => it.data);
    assert.ok(sheets.some((row) => row.some((cell) => String(cell).includes(approved.label))), "the ledger as Excel names the visit");
    const photos = Object.entries(unzipSync(await download("下载 photos.zip")));
    const own = photos.filter(([name]) => name.includes(approved.label));
    assert.ok(own.some(([, bytes]) => bytes[0] === 0xff && bytes[1] === 0xd8), `a photo in ${photos.map(([name]) => name)}`);
  });

  step("the other visit is returned with a reason", async () => {
    await new Desk(desk.page).go("复核");
    const submission = await new QueuePage(desk.page).open(returned.label);
    await submission.on(returned.label);
    await submission.press("r");
    await submission.reason.waitFor();
    await desk.page.getByRole("button", { name: "照片不清" }).click();
    await look(desk.page, "desk-return");
    assert.equal(await submission.reason.inputValue(), REASON);
    await desk.page.getByRole("button", { name: /^确定退回/u }).click();
    await desk.page.getByText(/已退回，志愿者会收到原因/u).waitFor();
  });

  step("the volunteer's phone shows the task again, with the reason", async () => {
    await reopen(phone.page, "/");
    const inbox = new InboxPage(phone.page);
    await inbox.refresh();
    await inbox.returned.getByText(REASON).waitFor();
    await look(phone.page, "phone-returned");
  });

  step("the volunteer finds the earlier answers, corrects and sends again", async () => {
    const visit = await new InboxPage(phone.page).begin(returned.label);
    await visit.on(/今天上门的是谁/u);
    await visit.next();
    await visit.on(/上门情况/u);
    assert.equal(await visit.field(/和谁一起去的/u).inputValue(), "同伴甲");
    await visit.next();
    await visit.on(/征得同意/u);
    await visit.next();
    await visit.on(/核实身份/u);
    assert.equal(await visit.field(/证件号最后四位/u).inputValue(), returned.last4);
    await visit.next();
    await visit.on(/逐项核对/u);
    await visit.write(/新的电话/u, CORRECTED_PHONE);
    await visit.next();
    await visit.on(/老人近况/u);
    await visit.next();
    await visit.on(/取证/u);
    await visit.shoot(form.PHOTO_FACE);
    await visit.next();
    await form.signatures(visit);
    await form.wrapUp(visit);
    const second = await finish(visit, returned);
    assert.notEqual(second, receipt);
  });

  step("the supervisor sees the correction as such", async () => {
    await new Desk(desk.page).go("复核");
    const submission = await new QueuePage(desk.page).open(returned.label);
    await submission.on(returned.label);
    await submission.answer(/新的电话/u).getByText(CORRECTED_PHONE).waitFor();
    await submission.history.getByText("补正后重新提交").waitFor();
    await submission.history.getByRole("link", { name: "查看退回的那次提交" }).waitFor();
    await look(desk.page, "desk-resubmitted");
  });

  /** Fills in and sends a visit; returns its receipt number. */
  async function deliver(task) {
    await reopen(phone.page, "/");
    const visit = await new InboxPage(phone.page).begin(task.label);
    await form.certify(visit, task.last4);
    return finish(visit, task);
  }

  async function finish(visit, task) {
    await visit.on("检查一遍");
    await visit.finish.tap();
    const outbox = new OutboxPage(phone.page);
    const item = outbox.item(task.label).first();
    await item.getByText("服务器已收到").waitFor();
    return item.getByText(/^\d{8}-[A-Z2-7]{6}$/u).textContent();
  }

  async function download(name) {
    const started = desk.page.waitForEvent("download");
    await desk.page.getByRole("link", { name }).click();
    return readFile(await (await started).path());
  }
});

/** Returns a box of the element that fits; the picture turns and grows in steps. */
async function until(element, fits) {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const box = await element.boundingBox();
    if (box && fits(box)) return box;
    if (Date.now() > deadline) assert.fail(`the picture stays at ${JSON.stringify(box)}`);
    await element.page().evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve())));
  }
}

/** Returns a field of a resident's detail. */
function fieldOf(resident, name) {
  const field = (resident.fields ?? resident.register?.fields).find((it) => it.name === name);
  assert.ok(field, `no ${name} in ${JSON.stringify(resident).slice(0, 300)}`);
  return field.value;
}

/** Returns the same day of the next year; the 29th of February becomes the 28th. */
function yearLater(day) {
  const [year, month, date] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year + 1, month, 0)).getUTCDate();
  return [year + 1, String(month).padStart(2, "0"), String(Math.min(date, last)).padStart(2, "0")].join("-");
}
