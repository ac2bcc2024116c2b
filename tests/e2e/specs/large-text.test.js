/**
 * The largest text on a narrow phone: a volunteer chooses it and certifies somebody. No page grows wider than the screen,
 * for then the browser shows all of it smaller, and the buttons at the bottom move away.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import * as form from "../pages/certification.js";
import { InboxPage, LockPage, OutboxPage, SignInPage } from "../pages/phone.js";

journey("a visit in the largest text", (step) => {
  let community;
  let browser;
  let phone;
  let task;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    task = await form.certificationTask(await community.signIn("v01"), 0);
    phone = await browser.phone(community.url);
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    await community?.close();
  });

  step("a volunteer chooses the largest text", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    await new InboxPage(phone.page).ready.waitFor();
    await tab("我的");
    await phone.page.getByRole("group", { name: "字号" }).getByText("特大", { exact: true }).tap();
    await fits("我的");
    assert.equal(Math.round(await sizeOfText()), 26);
  });

  step("the tasks are read, with their numbers", async () => {
    await tab("任务");
    const card = new InboxPage(phone.page).card(task.label);
    await card.scrollIntoViewIfNeeded();
    await card.getByText(/T\d{4}-[A-Z2-7]{6}/u).waitFor();
    await fits("任务");
    await look(phone.page, "large-text-task");
  });

  step("a visit is filled in to the end", async () => {
    const visit = await new InboxPage(phone.page).begin(task.label);
    const [on, next] = [visit.on.bind(visit), visit.next.bind(visit)];
    visit.on = async (title) => {
      await on(title);
      await fits(`${title}, untouched`);
      await isTold(title);
    };
    visit.next = async () => {
      await fits(await visit.heading.textContent());
      await next();
    };
    await form.certify(visit, task.last4);
    await visit.on("检查一遍");
    await fits("检查一遍");
    await look(phone.page, "large-text-check");
    await visit.finish.tap();
  });

  step("and received", async () => {
    await new OutboxPage(phone.page).item(task.label).first().getByText("服务器已收到").waitFor();
    await fits("发送");
    await look(phone.page, "large-text-outbox");
  });

  const tab = (name) => phone.page.getByRole("navigation", { name: "主菜单" }).getByRole("link", { name: new RegExp(`^${name}`, "u") }).tap();

  const sizeOfText = () => phone.page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));

  /** What a field has no room for stands below it. */
  async function isTold(where) {
    const cut = await phone.page.evaluate(() =>
      [...document.querySelectorAll("input[role=combobox]")]
        .filter((it) => it.scrollWidth > it.clientWidth && !it.closest(".combo").innerText.includes(it.value))
        .map((it) => it.value),
    );
    assert.deepEqual(cut, [], `${where}: cut`);
    if ((await phone.page.locator("input[role=combobox]").count()) > 0) await look(phone.page, "large-text-chosen");
  }

  async function fits(where) {
    const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(wide, phone.page.viewportSize().width, `${where}: wider than the screen`);
  }
});
