/**
 * A phone for a month, in simulated time: a visit every day, with photos, days without a network, log-ins that run out, a
 * new version of the form, a page that the system ends; and the phone's clock put two years ahead and back in between.
 * Each visit arrives once, and what lies on the phone does not grow with the days.
 *
 * `DAYS=90` makes it longer.
 */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before } from "node:test";

import { withPrelude } from "../fixture/altered-web.js";
import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { cameraPhoto } from "../fixture/photo.js";
import { deliveredShortForms, publishShortForm } from "../fixture/short-form.js";
import { InboxPage, LockPage, SignInPage, VisitPage, reopen } from "../pages/phone.js";
import * as short from "../pages/short.js";

const DAYS = Number(process.env.DAYS ?? 30);
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** A receipt on the phone may take so much; photos and forms of days gone by take nothing. */
const RECEIPT_BYTES = 6_000;

/** What happens on which day. */
const isOffline = (day) => day % 5 === 2;
const hasPhoto = (day) => day % 6 === 1 || day === 2;
const expires = (day) => day % 9 === 4;
const isReloaded = (day) => day % 7 === 3;
const isEnded = (day) => day === 12;
const bringsForm = (day) => day === 15;
const fetches = (day) => day % 3 === 1 || bringsForm(day) || isCleared(day);
const isCleared = (day) => day === 25;
/** The clock's jumps: there for one day, then it is right again. */
const jump = (day) => ({ 8: 2 * YEAR_MS, 18: -2 * YEAR_MS })[day] ?? 0;

/**
 * Makes `Date` tell another time, in the page, in its workers and in its service worker: as far from the real one as the
 * browser's other side says on a channel. A worker that hears nothing asks the cache, which all of them can read.
 */
function shifted() {
  const Real = Date;
  let offset = 0;
  const channel = new BroadcastChannel("doorstep-test-clock");
  channel.onmessage = ({ data }) => {
    if (typeof data === "number") offset = data;
    else if (globalThis.document) channel.postMessage(offset);
  };
  globalThis.Date = class extends Real {
    constructor(...given) {
      super(...(given.length === 0 ? [Real.now() + offset] : given));
    }
    static now() {
      return Real.now() + offset;
    }
  };
  globalThis.setTestClock = (ms) => {
    offset = ms;
    channel.postMessage(ms);
  };
  channel.postMessage("asked");
}

journey("a month in the life of one phone", (step) => {
  let web;
  let community;
  let supervisor;
  let browser;
  let phone;
  let photo;
  let inbox;
  let offset = 0;
  const made = [];
  const sizes = [];

  before(async () => {
    web = await withPrelude(`(${shifted})();`);
    community = await openCommunity({ web });
    supervisor = await community.signIn("supervisor");
    await publishShortForm(supervisor);
    browser = await openBrowser();
    photo = await cameraPhoto(await browser.darkroom());
    phone = await browser.phone(community.url);
    await phone.context.addInitScript(shifted);
    await phone.context.exposeBinding("testClock", () => offset);
    await phone.context.addInitScript(() => void globalThis.testClock().then((ms) => globalThis.setTestClock(ms)));
    inbox = new InboxPage(phone.page);
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    await community?.close();
    if (web) await rm(web, { recursive: true, force: true });
  });

  const tab = (name) => phone.page.getByRole("navigation", { name: "主菜单" }).getByRole("link", { name }).tap();

  async function setClock(ms) {
    offset = ms;
    await phone.page.evaluate((ms) => globalThis.setTestClock(ms), ms);
  }

  async function signInAgain() {
    await phone.page.getByRole("link", { name: "重新登录" }).tap();
    await new SignInPage(phone.page).password.fill(community.logins.get("v01"));
    await phone.page.getByRole("button", { name: "登录", exact: true }).tap();
    await inbox.ready.waitFor();
  }

  /** Returns what lies in the account's database: how many records of each kind, and all their bytes. */
  function weigh() {
    return phone.page.evaluate(async () => {
      const { name } = (await indexedDB.databases()).find((it) => /^doorstep-(?!phone|probe)/u.test(it.name));
      const done = (request) => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const db = await done(indexedDB.open(name));
      const weight = { bytes: 0 };
      for (const table of ["facts", "tasks", "forms", "lists", "drafts", "files", "outbox"]) {
        const all = await done(db.transaction(table).objectStore(table).getAll());
        weight[table] = all.length;
        weight.bytes += all.reduce((sum, it) => sum + it.sealed.byteLength, 0);
      }
      db.close();
      return weight;
    });
  }

  async function visit(day) {
    const number = `第${day}天`;
    await tab("任务");
    const begun = await short.begin(phone.page);
    if (isEnded(day)) {
      await begun.write(short.NUMBER, number);
      await begun.field(short.WORDS).fill("说到一半");
      await begun.saved();
      await phone.kill();
      await reopen(phone.page, "/");
      inbox = new InboxPage(phone.page);
      const after = new VisitPage(phone.page);
      assert.equal(await after.field(short.WORDS).inputValue(), "说到一半");
      await short.complete(after, number);
    } else if (bringsForm(day)) {
      // A draft of the old version is finished in the old version.
      await begun.write(short.NUMBER, number);
      await phone.page.getByRole("link", { name: "存好退出" }).tap();
      await publishShortForm(supervisor, "2999010102", "经过（新）");
      await inbox.refresh();
      await phone.page.getByRole("button", { name: /^继续填写/u }).tap();
      await begun.field(short.WORDS).waitFor();
      await short.complete(begun, number);
    } else {
      await short.complete(begun, number, hasPhoto(day) ? photo : null);
    }
    made.push(number);
  }

  step("signs in on the first day", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    await inbox.ready.waitFor();
  });

  step(`works for ${DAYS} days`, async (test) => {
    for (let day = 1; day <= DAYS; day += 1) {
      await setClock((day - 1) * DAY_MS + jump(day));
      if (expires(day)) await phone.context.clearCookies();
      if (isReloaded(day)) await reopen(phone.page);
      if (isOffline(day)) await phone.context.setOffline(true);
      await visit(day);
      if (isOffline(day)) continue;
      await phone.context.setOffline(false);
      await tab("任务");
      const expired = phone.page.getByRole("link", { name: "重新登录" });
      if (expires(day)) await expired.waitFor();
      if (await expired.isVisible()) await signInAgain();
      await tab(/^发送/u);
      await phone.page.getByText(/^等待 0 份/u).waitFor();
      if (fetches(day)) {
        await tab("任务");
        await inbox.refresh();
      }
      if (isCleared(day)) {
        await tab("我的");
        await phone.page.getByRole("button", { name: "手机空间" }).tap();
        await phone.page.getByRole("button", { name: "清掉用不着的" }).tap();
        await phone.page.getByText(/^清好了/u).waitFor();
      }
      sizes.push({ day, ...(await weigh()) });
    }
    test.diagnostic(`on the phone, first and last day: ${JSON.stringify([sizes[0], sizes.at(-1)])}`);
  });

  step("has delivered each visit once", async (test) => {
    const numbers = (await deliveredShortForms(supervisor)).map((it) => it.number);
    const lost = made.filter((it) => !numbers.includes(it));
    const doubled = numbers.filter((it, at) => numbers.indexOf(it) !== at);
    test.diagnostic(`${made.length} visits, lost ${lost.length}, doubled ${doubled.length}`);
    assert.deepEqual({ lost, doubled, n: numbers.length }, { lost: [], doubled: [], n: DAYS });
  });

  step("has kept nothing on the phone that grows", async () => {
    const [first] = sizes;
    for (const { day, bytes, files, drafts, forms, outbox, lists } of sizes) {
      assert.deepEqual({ files, drafts, forms, lists }, { files: 0, drafts: 0, forms: first.forms, lists: first.lists }, `day ${day}`);
      const most = first.bytes + outbox * RECEIPT_BYTES;
      assert.ok(bytes <= most, `day ${day}: ${bytes} bytes, at most ${most}`);
    }
    assert.ok(sizes.find((it) => it.day >= 25).outbox < 5, "receipts were cleared");
  });
});
