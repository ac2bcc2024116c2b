/** What goes wrong is told in words, and loses nothing: a bad password, a session that ended, a submission refused. */
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import * as form from "../pages/certification.js";
import { DeskSignIn } from "../pages/desk.js";
import { InboxPage, LockPage, OutboxPage, SignInPage } from "../pages/phone.js";

journey("what goes wrong loses nothing", (step) => {
  let community;
  let browser;
  let phone;
  let task;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    task = await form.certificationTask(await community.signIn("v02"));
    phone = await browser.phone(community.url);
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    await community?.close();
  });

  step("a wrong password is told on the phone and on the desk", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v02", "not-the-password");
    await signIn.refusal.getByText(/密码/u).waitFor();
    await look(phone.page, "phone-sign-in-refused");
    const desk = await browser.desk(community.url);
    const deskSignIn = new DeskSignIn(desk.page);
    await deskSignIn.open();
    await deskSignIn.signIn("supervisor", "not-the-password");
    await deskSignIn.refusal.getByText(/密码/u).waitFor();
    await look(desk.page, "desk-sign-in-refused");
    await desk.close();
  });

  step("a session that ended keeps the finished visit until the next log-in", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.signIn("v02", community.logins.get("v02"));
    await new LockPage(phone.page).choose();
    const inbox = new InboxPage(phone.page);
    await inbox.ready.waitFor();
    await phone.context.setOffline(true);
    const visit = await inbox.begin(task.label);
    await form.certify(visit, task.last4);
    await visit.on("检查一遍");
    await phone.context.clearCookies();
    await visit.finish.tap();
    const outbox = new OutboxPage(phone.page);
    await outbox.state(task.label, /等待发送/u).waitFor();
    await phone.context.setOffline(false);
    await phone.page.getByText(/登录已过期/u).waitFor();
    await look(phone.page, "phone-session-ended");
    await outbox.state(task.label, /等待发送/u).waitFor();
  });

  step("a refused submission says what happened and what to do, and is kept", async () => {
    await phone.page.route("**/api/v1/submissions", refuse);
    await phone.page.getByRole("link", { name: "重新登录" }).tap();
    const signIn = new SignInPage(phone.page);
    await signIn.password.fill(community.logins.get("v02"));
    await phone.page.getByRole("button", { name: "登录", exact: true }).tap();
    const inbox = new InboxPage(phone.page);
    await inbox.ready.waitFor();
    const outbox = await inbox.openOutbox();
    await outbox.state(task.label, "服务器没有收下").waitFor();
    await outbox.item(task.label).getByText(/表/u).first().waitFor();
    await look(phone.page, "phone-outbox-refused");
  });

  step("put back among the waiting ones it arrives", async () => {
    await phone.page.unroute("**/api/v1/submissions", refuse);
    const outbox = new OutboxPage(phone.page);
    await outbox.item(task.label).getByRole("button", { name: "再发一次" }).tap();
    await outbox.state(task.label, "服务器已收到").waitFor();
  });
});

/** Answers as a server does that does not know the form's version; the demonstration's own server always knows it. */
function refuse(route) {
  return route.fulfill({
    status: 422,
    contentType: "application/json",
    body: JSON.stringify({ code: "submission.unknown_version", params: { form: "doorstep_certification", version: "0" }, message: {} }),
  });
}
