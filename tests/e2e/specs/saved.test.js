/**
 * What a visit says of itself: saved is what is on the phone's disk, and nothing else. The engine is slow, and dies; the page
 * says so, and goes on with all that was saved before.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { publishShortForm } from "../fixture/short-form.js";
import { InboxPage, LockPage, SignInPage, reopen } from "../pages/phone.js";
import * as short from "../pages/short.js";

journey("what is called saved is on the disk", (step) => {
  let community;
  let browser;
  let phone;
  let visit;

  before(async () => {
    community = await openCommunity();
    await publishShortForm(await community.signIn("supervisor"));
    browser = await openBrowser();
    phone = await browser.phone(community.url);
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    await community?.close();
  });

  const state = () => phone.page.locator(".saved").textContent();
  const engine = () => phone.page.workers().find((it) => /\/worker-[^/]*\.js$/u.test(it.url()));

  step("an answer is not called saved while the engine has not answered", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    await new InboxPage(phone.page).ready.waitFor();
    visit = await short.begin(phone.page);
    await visit.saved();
    await engine().evaluate(() => {
      const post = self.postMessage.bind(self);
      const held = [];
      self.postMessage = (message) => held.push(message);
      self.release = () => {
        self.postMessage = post;
        for (const message of held) post(message);
      };
    });
    await visit.write(short.NUMBER, "S1");
    await phone.page.getByText("正在存").waitFor();
    await phone.page.waitForTimeout(500);
    assert.match(await state(), /正在存/u);
    await engine().evaluate(() => self.release());
    await visit.saved();
    await reopen(phone.page);
    await visit.on("记下来");
    assert.equal(await visit.field(short.NUMBER).inputValue(), "S1");
  });

  step("what was answered to a dead engine is told as lost, for good", async () => {
    await visit.saved();
    await engine().evaluate(() => void setTimeout(() => { throw new Error("gone"); }));
    await visit.write(short.WORDS, "没有存上的话");
    await phone.page.getByText(/最后填的没有存上/u).waitFor();
    await look(phone.page, "phone-engine-gone");
    await visit.write(short.NUMBER, "S2");
    await visit.next();
    await phone.page.waitForTimeout(300);
    await visit.on("记下来");
    assert.ok(await phone.page.getByText(/最后填的没有存上/u).isVisible(), "nothing makes it go away");
    assert.equal(await phone.page.locator(".saved").count(), 0);
  });

  step("the visit is opened again, with all that was saved", async () => {
    await phone.page.getByRole("button", { name: "重新打开，接着填" }).tap();
    await new LockPage(phone.page).unlockIfAsked();
    await visit.on("记下来");
    assert.equal(await visit.field(short.NUMBER).inputValue(), "S1");
    assert.equal(await visit.field(short.WORDS).inputValue(), "");
    await short.complete(visit, "S1");
  });
});
