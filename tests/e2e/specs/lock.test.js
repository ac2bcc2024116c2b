/**
 * The unlock code: what is on the phone is encrypted on its disk, opens with the code, waits after wrong ones, and after
 * too many opens with the password alone, which loses nothing that was begun; what is finished is sent while it is locked,
 * where the session holds.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { after, before } from "node:test";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { filesIn, openBrowser, openKeptPhone } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { cameraPhoto } from "../fixture/photo.js";
import * as form from "../pages/certification.js";
import { InboxPage, LockPage, OutboxPage, SignInPage, VisitPage } from "../pages/phone.js";

/** A number as it stands on a card: valid, and nobody's. */
const ID_NUMBER = "11010519491231002X";
/** What is looked for to see that looking finds something. */
const IN_THE_OPEN = "无人之名 郑在明";
const JPEG_HEAD = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46, 0x49, 0x46]);

journey("the unlock code of the data on a phone", (step) => {
  let community;
  let folder;
  let phone;
  let page;
  let task;
  let photo;

  before(async () => {
    community = await openCommunity();
    folder = await mkdtemp(join(tmpdir(), "doorstep-phone-"));
    task = await form.certificationTask(await community.signIn("v01"));
    const browser = await openBrowser();
    photo = await cameraPhoto(await browser.darkroom());
    await browser.close();
    phone = await openKeptPhone(community.url, folder);
    page = phone.pages()[0] ?? (await phone.newPage());
  });
  after(async () => {
    await phone?.close();
    await community?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Ends the browser, as a phone that is switched off does, and starts it again. */
  const restart = async () => {
    await phone.close();
    phone = await openKeptPhone(community.url, folder);
    page = phone.pages()[0] ?? (await phone.newPage());
    await page.goto("/");
  };

  /** Looks for what a visit is about in every file of the browser, which is closed. */
  const assertNothingTold = async () => {
    const files = await filesIn(folder);
    const holding = (needle) => files.filter(({ bytes }) => bytes.includes(needle)).map(({ path }) => path);
    const written = (text) => [...holding(Buffer.from(text, "utf8")), ...holding(Buffer.from(text, "utf16le"))];
    assert.notDeepEqual(written(IN_THE_OPEN), [], "what is in the open in a database is found");
    for (const secret of [task.label, task.phone, task.id_masked, task.address, ID_NUMBER]) assert.deepEqual(written(secret), [], secret);
    assert.deepEqual(holding(JPEG_HEAD), []);
  };

  /** Signs in where the data is locked, and chooses a code where one is owed. */
  const signInByPassword = async (username) => {
    await page.getByRole("link", { name: /用密码登录/u }).tap();
    await new SignInPage(page).signIn(username, community.logins.get(username));
    const [lock, inbox] = [new LockPage(page), new InboxPage(page)];
    await page.getByLabel("再输一遍").or(inbox.ready).first().waitFor();
    if (await page.getByLabel("再输一遍").isVisible()) await lock.choose();
    await inbox.ready.waitFor();
  };

  /** Types wrong codes, waiting as long as it takes in between. */
  const guess = async (times) => {
    for (let n = 0; n < times; n += 1) {
      await page.clock.fastForward(31 * 60_000);
      await new LockPage(page).unlock("975310");
      await page.getByText(/再错 \d+ 次|请等 \d+ 分钟再试|已经清除/u).first().waitFor();
    }
  };

  step("is chosen after the first sign-in, and not one that is easy to guess", async () => {
    const signIn = new SignInPage(page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    const lock = new LockPage(page);
    await lock.choose("123456");
    await lock.refusal.getByText(/太好猜/u).waitFor();
    await look(page, "phone-new-code-refused");
    await lock.choose();
    await new InboxPage(page).ready.waitFor();
  });

  step("keeps names, numbers and pictures out of the phone's disk", async () => {
    await new InboxPage(page).begin(task.label);
    const visit = new VisitPage(page);
    await form.untilPhotos(visit, task.last4);
    await visit.takePicture(form.PHOTO_FACE, photo);
    await keepInTheOpen(page);
    await phone.close();
    await assertNothingTold();
  });

  step("is asked for after a restart, with no network, and leads back to the visit", async () => {
    phone = await openKeptPhone(community.url, folder);
    page = phone.pages()[0] ?? (await phone.newPage());
    await phone.setOffline(true);
    await page.goto("/");
    const lock = new LockPage(page);
    await lock.title.waitFor();
    await look(page, "phone-locked");
    await lock.unlock("975310");
    await lock.refusal.getByText(/解锁码不对/u).waitFor();
    await lock.unlock();
    await new VisitPage(page).picture(form.PHOTO_FACE).waitFor();
    await phone.setOffline(false);
  });

  step("has to wait after five wrong ones", async () => {
    await restart();
    const lock = new LockPage(page);
    for (let n = 0; n < 5; n += 1) {
      await lock.unlock("975310");
      await lock.refusal.first().waitFor();
    }
    await page.getByText(/请等 1 分钟再试/u).waitFor();
    await look(page, "phone-locked-wait");
  });

  step("opens nothing after ten; the password does, and the visit is still there", async () => {
    await page.clock.install();
    await guess(5);
    await page.getByText(/手机里居民的资料已经清除/u).waitFor();
    await look(page, "phone-locked-erased");
    await restart();
    await page.getByRole("link", { name: "用密码登录" }).tap();
    await new SignInPage(page).signIn("v01", community.logins.get("v01"));
    await new LockPage(page).choose("135790");
    const inbox = new InboxPage(page);
    await inbox.ready.waitFor();
    await inbox.begin(task.label);
    await new VisitPage(page).picture(form.PHOTO_FACE).waitFor();
  });

  step("does not hold up what is finished, which is as unreadable on the disk", async () => {
    const visit = new VisitPage(page);
    await phone.setOffline(true);
    await visit.next();
    await form.signatures(visit);
    await visit.on(/收尾/u);
    await visit.write(/还有什么要说明的/u, `换了新证 ${ID_NUMBER}`);
    await form.wrapUp(visit);
    await visit.on("检查一遍");
    await visit.finish.tap();
    await new OutboxPage(page).item(task.label).waitFor();
    await phone.close();
    await assertNothingTold();
    phone = await openKeptPhone(community.url, folder);
    page = phone.pages()[0] ?? (await phone.newPage());
    await page.goto("/");
    await new LockPage(page).title.waitFor();
    const supervisor = await community.signIn("supervisor");
    for (;;) {
      const { items } = await supervisor.json("/desk/submissions?state=received");
      if (items.some((it) => it.label === task.label)) break;
      await page.waitForTimeout(500);
    }
  });

  step("leaves nothing after ten wrong ones of what was sent, not even its receipt", async () => {
    assert.equal(await nOutgoing(page), 1, "the receipt");
    await page.clock.install();
    await guess(10);
    await page.getByText(/手机里居民的资料已经清除/u).waitFor();
    await page.clock.runFor(31_000);
    while ((await nOutgoing(page)) > 0) await page.clock.runFor(1_000);
  });

  step("stays its own volunteer's while somebody else signs in on the same page", async () => {
    const v01 = await community.signIn("v01");
    const other = await form.certificationTask(v01, 1);
    await restart();
    await signInByPassword("v01");
    await new InboxPage(page).begin(other.label);
    const visit = new VisitPage(page);
    await form.untilPhotos(visit, other.last4);
    await visit.takePicture(form.PHOTO_FACE, photo);
    await visit.picture(form.PHOTO_FACE).waitFor();
    await phone.setOffline(true);
    await visit.next();
    await form.signatures(visit);
    await form.wrapUp(visit);
    await visit.on("检查一遍");
    await visit.finish.tap();
    await new OutboxPage(page).item(other.label).waitFor();
    await phone.close();

    phone = await openKeptPhone(community.url, folder);
    page = phone.pages()[0] ?? (await phone.newPage());
    let release;
    const released = new Promise((resolve) => (release = resolve));
    const held = new Promise((resolve) => {
      void phone.route(/\/api\/v1\/uploads/u, async (route) => {
        resolve();
        await released;
        await route.continue();
      });
    });
    await page.goto("/");
    await new LockPage(page).title.waitFor();
    await held;
    await signInByPassword("v02");
    const answered = page.waitForResponse((it) => /\/api\/v1\/(uploads|submissions)/u.test(it.url()) && it.status() === 401);
    release();
    await answered;
    const supervisor = await community.signIn("supervisor");
    const arrived = async () => (await supervisor.json("/desk/submissions")).items.filter((it) => it.label === other.label);
    assert.deepEqual(await arrived(), [], "nothing of it under the other's name");
    await new InboxPage(page).openOutbox();
    await page.getByText("等待 0 份，已收到 0 份，要处理 0 份").waitFor();

    await restart();
    await signInByPassword("v01");
    while ((await arrived()).length === 0) await page.waitForTimeout(500);
    const [{ id, volunteer }] = await arrived();
    const { flags, seal } = await supervisor.json(`/desk/submissions/${id}`);
    assert.deepEqual([volunteer.name, seal.verified], [v01.account.name, true]);
    assert.deepEqual(flags.filter((it) => it.code.startsWith("seal.")), []);
  });
});

/** Writes a text into a database of the browser as it is: what looks for others must find this one. */
async function keepInTheOpen(page) {
  await page.evaluate(
    (text) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("in-the-open", 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore("texts");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const writing = opening.result.transaction("texts", "readwrite", { durability: "strict" });
          writing.objectStore("texts").put({ text }, "text");
          writing.oncomplete = () => resolve(opening.result.close());
        };
      }),
    IN_THE_OPEN,
  );
}

/** Returns how many finished visits lie in the browser's database, sent or not. */
function nOutgoing(page) {
  return page.evaluate(async () => {
    const { name } = (await indexedDB.databases()).find((it) => /^doorstep-.{8}/u.test(it.name) && it.name !== "doorstep-probe");
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open(name);
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const counting = opening.result.transaction("outbox").objectStore("outbox").count();
        counting.onsuccess = () => resolve(counting.result, opening.result.close());
      };
    });
  });
}
