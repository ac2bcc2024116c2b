/**
 * Two volunteers go to the same door, one of them without a network: both visits are kept, a supervisor sees them side
 * by side, chooses what the register keeps, and sets the other visit aside. The form gets a newer version meanwhile: it
 * is shown beside the one that the visit was filled in with, too.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { renamedCertification } from "../fixture/workbook.js";
import * as form from "../pages/certification.js";
import { Desk, DeskSignIn, FormsPage, QueuePage, SubmissionPage } from "../pages/desk.js";
import { InboxPage, LockPage, OutboxPage, SignInPage } from "../pages/phone.js";

const EARLIER_PHONE = "15400000456";
const NEXT_VERSION = "2999010101";

journey("two volunteers at one door", (step) => {
  let community;
  let browser;
  let supervisor;
  let task;
  let partner;
  const phones = {};
  let desk;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    supervisor = await community.signIn("supervisor");
    task = await form.certificationTask(await community.signIn("v01"));
    partner = await colleagueWith(task);
    desk = await browser.desk(community.url);
  });
  after(async () => {
    await Promise.all(Object.values(phones).map((it) => it.close()));
    await desk?.close();
    await browser?.close();
    await community?.close();
  });

  step("both have the task; one loses the network", async () => {
    for (const username of ["v01", partner]) {
      phones[username] = await browser.phone(community.url);
      const signIn = new SignInPage(phones[username].page);
      await signIn.open();
      await signIn.signIn(username, community.passwordOf(username));
      await new LockPage(phones[username].page).choose();
      await new InboxPage(phones[username].page).ready.waitFor();
    }
    await phones[partner].context.setOffline(true);
  });

  step("both visit, and find different things", async () => {
    const late = await begin(partner);
    await form.certify(late, task.last4);
    await finish(late);
    await waits(partner);
    const early = await begin("v01");
    await form.certify(early, task.last4, EARLIER_PHONE);
    await finish(early);
    await stored("v01");
  });

  step("the early visit is approved", async () => {
    const signIn = new DeskSignIn(desk.page);
    await signIn.open();
    await signIn.signIn("supervisor", community.logins.get("supervisor"));
    const submission = await new QueuePage(desk.page).open(task.label);
    await submission.on(task.label);
    await submission.press("a");
    await desk.page.getByText(`“${task.label}”已通过。`).waitFor();
  });

  step("a newer version of the form is published", async () => {
    await new Desk(desk.page).go("表单");
    const forms = new FormsPage(desk.page);
    await forms.drop(await renamedCertification(NEXT_VERSION));
    await (await forms.publishWith("")).getByRole("button", { name: "发布这个版本" }).click();
    await desk.page.getByRole("heading", { name: "已发布", exact: true }).waitFor();
  });

  step("the late visit arrives beside the other", async () => {
    await phones[partner].context.setOffline(false);
    await stored(partner);
    await new Desk(desk.page).go("复核");
    const submission = await new QueuePage(desk.page).open(task.label);
    await submission.on(task.label);
    const conflict = desk.page.getByRole("region", { name: "和别人的记录碰到一起" });
    await conflict.getByText("这一户还有别的入户记录").waitFor();
    const phone = conflict.getByRole("group", { name: "电话" });
    await phone.getByText(`用这次入户的：${form.NEW_PHONE}`).waitFor();
    await phone.getByText(`保留现在登记的：${EARLIER_PHONE}`).waitFor();
    await conflict.scrollIntoViewIfNeeded();
    await look(desk.page, "desk-conflict");
  });

  step("the two are compared answer by answer", async () => {
    await desk.page.getByRole("button", { name: "并排比较" }).click();
    const beside = desk.page.getByRole("dialog", { name: "两次入户对比" });
    const row = beside.getByRole("row").filter({ has: desk.page.getByRole("rowheader", { name: /新的电话/u }) });
    await row.getByText(form.NEW_PHONE).waitFor();
    await row.getByText(EARLIER_PHONE).waitFor();
    await look(desk.page, "desk-beside");
    await desk.page.keyboard.press("Escape");
    await beside.waitFor({ state: "hidden" });
  });

  step("the version of the visit is compared with the one in use, beside its answers", async () => {
    await desk.page.getByRole("button", { name: "看看两版有什么不同" }).click();
    const versions = desk.page.getByRole("dialog", { name: "两个版本的表单对比" });
    await versions.getByRole("columnheader", { name: new RegExp(`^现在用的（${NEXT_VERSION} 版）$`, "u") }).waitFor();
    const rowOf = (name) => versions.getByRole("row").filter({ has: desk.page.getByText(name, { exact: true }) });
    await rowOf("companions").filter({ hasText: "删去" }).getByRole("cell", { name: form.COMPANION, exact: true }).waitFor();
    await rowOf("partner").filter({ hasText: "新增" }).getByRole("cell", { name: "当时没有这一问" }).waitFor();
    await look(desk.page, "desk-versions");
    await desk.page.keyboard.press("Escape");
    await versions.waitFor({ state: "hidden" });
  });

  step("the late one is set aside, kept, and changes nothing", async () => {
    await desk.page.getByRole("button", { name: "搁置，以另一次入户为准" }).click();
    await look(desk.page, "desk-set-aside");
    await desk.page.getByRole("button", { name: "确定搁置" }).click();
    await desk.page.getByText(`${task.label} 已搁置，以另一次入户为准。`).waitFor();
    const resident = await supervisor.json(`/desk/residents/${task.subject}`);
    const fields = resident.fields ?? resident.register.fields;
    assert.equal(fields.find((it) => it.name === "phone").value, EARLIER_PHONE);
    const { items } = await supervisor.json("/desk/submissions?limit=5");
    assert.deepEqual(items.map((it) => it.review_state).sort(), ["approved", "rejected"]);
    await new SubmissionPage(desk.page).history.getByText("搁置", { exact: true }).waitFor();
  });

  async function colleagueWith({ id }) {
    for (const username of ["v07", "v08"]) {
      const { items } = await (await community.signIn(username)).json("/tasks?limit=200");
      if (items.some((it) => it.id === id)) return username;
    }
    return assert.fail("nobody else has this task");
  }

  const begin = (username) => new InboxPage(phones[username].page).begin(task.label);

  async function finish(visit) {
    await visit.on("检查一遍");
    await visit.finish.tap();
  }

  const outbox = (username) => new OutboxPage(phones[username].page);
  const stored = (username) => outbox(username).state(task.label, "服务器已收到").waitFor();
  const waits = (username) => outbox(username).state(task.label, /等待发送/u).waitFor();
});
