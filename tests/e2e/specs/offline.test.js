/**
 * Offline for real, on one phone that several people and windows share: everything is there after one log-in, a new
 * version waits, room is looked after, nothing is sent twice, nobody sees anybody else's people, and whoever signs out or
 * is signed out loses nothing. What can't be sent leaves the phone as a file that only the server opens.
 */
import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { after, before } from "node:test";

import { copied, renew } from "../fixture/altered-web.js";
import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { cameraPhoto } from "../fixture/photo.js";
import { deliveredShortForms, publishShortForm, TITLE } from "../fixture/short-form.js";
import * as form from "../pages/certification.js";
import { Desk, DeskSignIn } from "../pages/desk.js";
import { InboxPage, LockPage, OutboxPage, SignInPage, VisitPage, reopen } from "../pages/phone.js";
import * as short from "../pages/short.js";

const NEW_VERSION = /叩门有新版本/u;

journey("offline, with everything that can come in between", (step) => {
  let web;
  let community;
  let supervisor;
  let browser;
  let phone;
  let photo;
  let task;
  let inbox;
  let file;

  before(async () => {
    web = await copied();
    community = await openCommunity({ web });
    supervisor = await community.signIn("supervisor");
    await publishShortForm(supervisor);
    task = await form.certificationTask(await community.signIn("v01"));
    browser = await openBrowser();
    photo = await cameraPhoto(await browser.darkroom());
    phone = await browser.phone(community.url);
    inbox = new InboxPage(phone.page);
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    await community?.close();
    if (web) await rm(web, { recursive: true, force: true });
  });

  const tab = (name) => phone.page.getByRole("navigation", { name: "主菜单" }).getByRole("link", { name }).tap();
  const stored = async () => (await deliveredShortForms(supervisor)).map((it) => it.number).sort();

  async function signIn(page, username) {
    await new SignInPage(page).signIn(username, community.logins.get(username));
    const lock = new LockPage(page);
    await lock.code.or(new InboxPage(page).ready).first().waitFor();
    if (await lock.code.isVisible()) await lock.choose();
    await new InboxPage(page).ready.waitFor();
  }

  step("has the app, every form, the tasks and the register after one log-in", async () => {
    await new SignInPage(phone.page).open();
    await signIn(phone.page, "v01");
    await phone.context.setOffline(true);
    await reopen(phone.page);
    await inbox.ready.waitFor();
    const buttons = phone.page.getByRole("region", { name: /^新记录/u }).getByRole("button");
    const offered = (await (await community.signIn("v01")).json("/forms")).length;
    assert.equal(await buttons.count(), offered);
    const visit = await inbox.begin(task.label);
    await visit.on(/今天上门的是谁/u);
    await phone.page.getByText(task.id_masked).waitFor();
    await phone.context.setOffline(false);
  });

  step("offers a new version, but not in a visit, and forces it on nobody", async () => {
    await phone.page.evaluate(() => (globalThis.isSamePage = true));
    await renew(web, "2");
    const fetched = phone.page.evaluate(async () => {
      const it = await navigator.serviceWorker.getRegistration();
      await it.update();
      while (!it.waiting) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await fetched;
    const second = await phone.context.newPage();
    await reopen(second, "/");
    await second.getByText(/正在另一个窗口里填写/u).waitFor();
    await second.getByRole("link", { name: "回到任务" }).tap();
    await second.getByText(NEW_VERSION).waitFor();
    await look(second, "phone-update");
    assert.equal(await phone.page.getByText(NEW_VERSION).count(), 0, "in a visit");
    await second.getByRole("button", { name: "现在更新" }).tap();
    await second.getByText(/另一个窗口里还有一次入户没填完/u).waitFor();
    await look(second, "phone-update-held-up");
    await phone.page.getByRole("link", { name: "存好退出" }).tap();
    await phone.page.getByText(NEW_VERSION).waitFor();
    await second.evaluate(() => (globalThis.isSamePage = true));
    await second.getByRole("button", { name: "现在更新" }).tap();
    await second.waitForFunction(() => globalThis.isSamePage === undefined);
    await phone.page.getByText(/叩门已经更新/u).waitFor();
    assert.ok(await phone.page.evaluate(() => globalThis.isSamePage), "the other window is as it was");
    await phone.page.getByRole("button", { name: "现在更新" }).tap();
    await phone.page.waitForFunction(() => globalThis.isSamePage === undefined);
    await inbox.ready.waitFor();
    await second.close();
  });

  step("loses no letter when the session ends while somebody writes with no network", async () => {
    const visit = await short.begin(phone.page);
    await phone.context.setOffline(true);
    await visit.write(short.NUMBER, "一");
    await visit.field(short.WORDS).fill("王大爷说他很好，就是膝盖疼");
    await phone.context.clearCookies();
    await visit.saved();
    await phone.context.setOffline(false);
    await reopen(phone.page);
    await visit.on("记下来");
    assert.equal(await visit.field(short.WORDS).inputValue(), "王大爷说他很好，就是膝盖疼");
    await short.complete(visit, "一", photo);
    await phone.page.getByRole("link", { name: "重新登录" }).tap();
    await new SignInPage(phone.page).password.fill(community.logins.get("v01"));
    await phone.page.getByRole("button", { name: "登录", exact: true }).tap();
    await inbox.ready.waitFor();
    const outbox = await inbox.openOutbox();
    await outbox.state("一", "服务器已收到").waitFor();
  });

  step("is sent once by two windows that both want to", async () => {
    await phone.context.setOffline(true);
    for (const number of ["二", "三"]) {
      await tab("任务");
      await short.complete(await short.begin(phone.page), number);
    }
    const second = await phone.context.newPage();
    await reopen(second, "/");
    await new InboxPage(second).openOutbox();
    const sent = [];
    phone.context.on("request", (it) => it.method() === "POST" && it.url().endsWith("/submissions") && sent.push(it.url()));
    await phone.context.setOffline(false);
    for (const page of [phone.page, second]) {
      for (const number of ["二", "三"]) await new OutboxPage(page).state(number, "服务器已收到").waitFor().catch(() => reopen(page));
    }
    assert.deepEqual(await stored(), ["一", "二", "三"].sort());
    assert.equal(sent.length, 2);
    await second.close();
  });

  step("looks whether there is room before a photo, and says what can go", async () => {
    await phone.page.evaluate(() => {
      navigator.storage.estimate = () => Promise.resolve({ quota: 500_000_000, usage: 499_000_000 });
    });
    await tab("任务");
    await inbox.refresh();
    await phone.page.getByText(/手机空间满了，拍不了照片/u).waitFor();
    await look(phone.page, "phone-no-room");
    const visit = await short.begin(phone.page);
    await visit.write(short.NUMBER, "四");
    await visit.next();
    await visit.group(short.PHOTO).getByRole("button", { name: "拍照" }).tap();
    await visit.group(short.PHOTO).getByText(/照片存不下/u).waitFor();
    await look(phone.page, "phone-no-room-photo");
    await phone.page.getByRole("link", { name: "存好退出" }).tap();
    await phone.page.getByRole("link", { name: "去腾空间" }).tap();
    await phone.page.getByText(/^没填完的：\d+ 份/u).waitFor();
    await look(phone.page, "phone-storage", { fullPage: true });
    await phone.page.getByRole("button", { name: "清掉用不着的" }).tap();
    await phone.page.getByText(/^清好了/u).waitFor();
    await tab(/^发送/u);
    await phone.page.getByText("等待 0 份，已收到 0 份，要处理 0 份").waitFor();
    await reopen(phone.page);
  });

  step("keeps a refused visit, and hands it out as a file", async () => {
    await tab("任务");
    await phone.page.getByRole("button", { name: new RegExp(`继续填写.*${TITLE}`, "u") }).tap();
    const visit = new VisitPage(phone.page);
    await visit.on("拍下来");
    await visit.takePicture(short.PHOTO, photo);
    await phone.page.route("**/api/v1/submissions", refuse);
    await visit.next();
    const outbox = await short.finish(visit, "四");
    await outbox.state("四", "服务器没有收下").waitFor();
    await tab("任务");
    await short.complete(await short.begin(phone.page), "五");
    await outbox.state("五", "服务器没有收下").waitFor();
    const download = phone.page.waitForEvent("download");
    await outbox.item("四").getByRole("button", { name: "存成文件，交给督导员" }).tap();
    const saved = await download;
    file = { name: saved.suggestedFilename(), mimeType: "application/octet-stream", buffer: await readFile(await saved.path()) };
    assert.match(file.name, /^\d{4}-\d\d-\d\d-[0-9a-f]{8}\.visit$/u);
    for (const needle of ["四", "duty_log", "account_id"]) assert.ok(!file.buffer.includes(needle), needle);
    await outbox.item("四").getByText(/已存成文件/u).waitFor();
    await outbox.item("四").scrollIntoViewIfNeeded();
    await look(phone.page, "phone-outbox-file");
    await outbox.state("四", "服务器没有收下").waitFor();
  });

  step("the desk takes the file in, as the phone would have sent it", async () => {
    const desk = await browser.desk(community.url);
    const signIn = new DeskSignIn(desk.page);
    await signIn.open();
    await signIn.signIn("supervisor", community.logins.get("supervisor"));
    await new Desk(desk.page).go("手机");
    const chooser = desk.page.waitForEvent("filechooser");
    await desk.page.getByRole("region", { name: "交来的入户文件" }).getByText("选择文件").click();
    await (await chooser).setFiles(file);
    await desk.page.getByText(/^收下了/u).waitFor();
    await look(desk.page, "desk-handed-in");
    await desk.page.getByRole("link", { name: "打开看看" }).click();
    await desk.page.getByText("手机没发出去，由人交来文件").waitFor();
    await desk.close();
    const [row] = (await deliveredShortForms(supervisor)).filter((it) => it.number === "四");
    const detail = await supervisor.json(`/desk/submissions/${row.id}`);
    assert.ok(detail.seal.verified && detail.seal.signed);
    assert.equal(detail.attachments.length, 1);
  });

  step("sends all the same what was put back, and it is the same visit", async () => {
    await phone.page.unroute("**/api/v1/submissions", refuse);
    const outbox = new OutboxPage(phone.page);
    for (const number of ["四", "五"]) {
      await outbox.item(number).getByRole("button", { name: "再发一次" }).tap();
      await outbox.state(number, "服务器已收到").waitFor();
    }
    assert.deepEqual(await stored(), ["一", "二", "三", "四", "五"].sort());
  });

  step("warns whoever signs out with unsent visits, and shows them to nobody else", async () => {
    await phone.context.setOffline(true);
    await tab("任务");
    await short.complete(await short.begin(phone.page), "六");
    const second = await phone.context.newPage();
    await reopen(second, "/");
    await new InboxPage(second).ready.waitFor();
    await tab("我的");
    await phone.page.getByRole("button", { name: "退出登录" }).tap();
    const dialog = phone.page.getByRole("dialog");
    await dialog.getByText(/您还有 2 份没有发送/u).waitFor();
    await look(phone.page, "phone-sign-out-unsent");
    await dialog.getByRole("button", { name: "退出登录" }).tap();
    await new SignInPage(phone.page).username.waitFor();
    await new SignInPage(second).username.waitFor();
    await second.close();
    await phone.context.setOffline(false);
    await signIn(phone.page, "v02");
    assert.equal(await inbox.card(task.label).count(), 0);
    const outbox = await inbox.openOutbox();
    await phone.page.getByText("等待 0 份，已收到 0 份，要处理 0 份").waitFor();
    assert.equal(await outbox.item("六").count(), 0);
  });

  step("refuses what a window of the one asks with the session of the other", async () => {
    const asked = await phone.page.evaluate(async (account) => {
      const answer = await fetch("/api/v1/tasks", { headers: { "x-doorstep-account": account } });
      return answer.status;
    }, (await community.signIn("v01")).account.id);
    assert.equal(asked, 401);
  });

  step("sends what waited when its owner is back", async () => {
    await tab("我的");
    await phone.page.getByRole("button", { name: "退出登录" }).tap();
    await phone.page.getByRole("dialog").getByRole("button", { name: "退出登录" }).tap();
    await signIn(phone.page, "v01");
    const outbox = await inbox.openOutbox();
    await outbox.state("六", "服务器已收到").waitFor();
    assert.deepEqual(await stored(), ["一", "二", "三", "四", "五", "六"].sort());
  });
});

function refuse(route) {
  const body = { code: "submission.unknown_version", params: { form: "duty_log", version: "0" }, message: {} };
  return route.fulfill({ status: 422, contentType: "application/json", body: JSON.stringify(body) });
}
