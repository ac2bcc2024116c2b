/**
 * The whole browser is killed, again and again: while somebody types, while a photo is taken, while a visit is sent. What
 * the page said to be stored is there afterwards, and in the end the server has every visit exactly once.
 *
 * `KILLS=50` kills fifty times, `SEED` chooses the moments.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { chance } from "../fixture/chance.js";
import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { MortalPhone } from "../fixture/mortal-phone.js";
import { cameraPhoto } from "../fixture/photo.js";
import { deliveredShortForms, publishShortForm } from "../fixture/short-form.js";
import { InboxPage, LockPage, SignInPage, VisitPage } from "../pages/phone.js";
import * as short from "../pages/short.js";

const N_KILLS = Number(process.env.KILLS ?? 6);
const draw = chance(Number(process.env.SEED ?? 20261122));

/** Slow enough that a photo takes seconds. */
const SLOW_BYTES = 20_000;
const TEXT = Array.from({ length: 60 }, (_, n) => `第${n}句。`).join("");

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

journey("a browser that is killed loses and doubles nothing", (step) => {
  let community;
  let phone;
  let photo;
  const finished = [];
  const told = { typing: 0, photo: 0, sending: 0, kept: 0 };

  before(async () => {
    community = await openCommunity();
    await publishShortForm(await community.signIn("supervisor"));
    const browser = await openBrowser();
    photo = await cameraPhoto(await browser.darkroom());
    await browser.close();
    phone = await MortalPhone.open(community.url);
  });
  after(async () => {
    await phone?.close();
    await community?.close();
  });

  /** Kills while somebody types: what was claimed stands there, and no letter that nobody typed. */
  async function whileTyping(number) {
    const visit = await short.begin(phone.page);
    await visit.write(short.NUMBER, number);
    const field = visit.field(short.WORDS);
    const typing = field.pressSequentially(TEXT, { delay: 40 }).catch(() => undefined);
    await pause(draw(400, 2_400));
    const { words } = phone.claimed;
    await phone.kill();
    await typing;
    await phone.restart();
    const after = new VisitPage(phone.page);
    await after.on("记下来");
    assert.equal(await after.field(short.NUMBER).inputValue(), number);
    const found = await after.field(short.WORDS).inputValue();
    assert.ok(found.startsWith(words ?? ""), `“${words}” was said to be stored, “${found}” is there`);
    assert.ok(TEXT.startsWith(found));
    if (words) told.kept += 1;
    await short.complete(after, number);
  }

  /** Kills while a photo of the camera is made small and stored. */
  async function whileCapturing(number) {
    const visit = await short.begin(phone.page);
    await visit.write(short.NUMBER, number);
    await visit.next();
    await visit.on("拍下来");
    const chooser = await visit.openCamera(short.PHOTO);
    await chooser.setFiles({ name: "IMG.jpg", mimeType: "image/jpeg", buffer: photo });
    await pause(draw(0, 2_000));
    const { photo: wasClaimed } = phone.claimed;
    await phone.kill();
    await phone.restart();
    const after = new VisitPage(phone.page);
    await after.on("拍下来");
    if (wasClaimed) {
      await after.picture(short.PHOTO).waitFor();
      told.kept += 1;
    } else if (!(await after.picture(short.PHOTO).isVisible())) {
      await after.takePicture(short.PHOTO, photo);
    }
    await after.next();
    await short.finish(after, number);
  }

  /** Kills while a finished visit is on its way. */
  async function whileSending(number) {
    const visit = await short.begin(phone.page);
    await phone.throttle(SLOW_BYTES);
    await short.complete(visit, number, photo);
    await pause(draw(0, 3_000));
    await phone.kill();
    await phone.restart();
    await delivered(number);
    told.kept += 1;
    await phone.page.getByRole("link", { name: "任务", exact: true }).tap();
  }

  /** Waits until the server has a visit; signs in again where the browser had not written its cookie to the disk yet. */
  async function delivered(number) {
    const outbox = await new InboxPage(phone.page).openOutbox();
    const stored = outbox.state(number, "服务器已收到");
    const expired = phone.page.getByRole("link", { name: "重新登录" });
    await stored.or(expired).waitFor();
    if (await stored.isVisible()) return;
    await expired.tap();
    const signIn = new SignInPage(phone.page);
    await signIn.password.fill(community.logins.get("v01"));
    await phone.page.getByRole("button", { name: "登录", exact: true }).tap();
    await new InboxPage(phone.page).ready.waitFor();
    await new InboxPage(phone.page).openOutbox();
    await stored.waitFor();
  }

  step("signs in", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    await new InboxPage(phone.page).ready.waitFor();
  });

  step(`is killed ${N_KILLS} times`, async () => {
    const ways = [["typing", whileTyping], ["photo", whileCapturing], ["sending", whileSending]];
    for (let n = 0; n < N_KILLS; n += 1) {
      const [name, way] = ways[n % ways.length];
      const number = `第${n + 1}次`;
      phone.claimed = {};
      await way(number);
      told[name] += 1;
      finished.push(number);
      const tasks = phone.page.getByRole("link", { name: "任务", exact: true });
      if (await tasks.isVisible()) await tasks.tap();
    }
  });

  step("has delivered every visit, and none twice", async (test) => {
    await delivered(finished.at(-1));
    await phone.page.getByText(`等待 0 份，已收到 ${finished.length} 份，要处理 0 份`).waitFor({ timeout: 60_000 });
    const stored = await deliveredShortForms(await community.signIn("supervisor"));
    const numbers = stored.map((it) => it.number);
    const lost = finished.filter((it) => !numbers.includes(it));
    const doubled = numbers.filter((it, at) => numbers.indexOf(it) !== at);
    test.diagnostic(`killed ${JSON.stringify(told)}, lost ${lost.length}, doubled ${doubled.length}`);
    assert.deepEqual({ lost, doubled, n: numbers.length }, { lost: [], doubled: [], n: finished.length });
  });
});
