/**
 * A signature from the pad to the desk: too little ink, undo, palms, a phone turned round, the large pad, a changed answer
 * that voids what was signed, signing again, a thumb print with a witness, and the desk that sees it being drawn.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { HERE } from "../fixture/paths.js";
import { cameraPhoto } from "../fixture/photo.js";
import * as form from "../pages/certification.js";
import { Desk, DeskSignIn, QueuePage, SubmissionPage } from "../pages/desk.js";
import { LOOP, WAVE, sign, stroke } from "../pages/finger.js";
import { InboxPage, LockPage, OutboxPage, SignInPage, VisitPage, reopen } from "../pages/phone.js";

const LINE = [[0.15, 0.5], [0.3, 0.5], [0.5, 0.51], [0.7, 0.5], [0.85, 0.5]];
const LATER_PHONE = "15400000789";
const UPRIGHT = { width: 360, height: 780 };

journey("a signature, void, given again, and drawn again at the desk", (step) => {
  let community;
  let browser;
  let phone;
  let desk;
  let task;
  let visit;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    task = await form.certificationTask(await community.signIn("v01"), 0);
    phone = await browser.phone(community.url);
    desk = await browser.desk(community.url);
  });
  after(async () => {
    await phone?.close();
    await desk?.close();
    await browser?.close();
    await community?.close();
  });

  const group = () => visit.group(form.SIGN_RESIDENT);
  const button = (name) => group().getByRole("button", { name, exact: true });

  step("a volunteer comes as far as the signatures", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    const inbox = new InboxPage(phone.page);
    await inbox.ready.waitFor();
    visit = await inbox.begin(task.label);
    await form.untilSigning(visit, task.last4);
    await visit.choose(/老人怎么签/u, "本人签字");
    await group().getByText("您签的是下面这些内容").waitFor();
    await group().getByText(form.NEW_PHONE).waitFor();
  });

  step("a line is no signature, and is taken back", async () => {
    await stroke(phone.page, visit.pad(form.SIGN_RESIDENT), LINE);
    await group().getByText("笔画还太少，请接着签全名").waitFor();
    assert.ok((await inked(visit)) > 0, "it is drawn");
    await button("撤销一笔").tap();
    await group().getByText("还没有签名").waitFor();
    assert.equal(await inked(visit), 0);
    await sign(phone.page, visit.pad(form.SIGN_RESIDENT));
    await group().getByText("已签名").waitFor();
    await button("全部重签").tap();
    await group().getByText("还没有签名").waitFor();
    assert.equal(await inked(visit), 0, "both lines are gone");
  });

  step("a palm and a second finger leave no ink", async () => {
    const pad = visit.pad(form.SIGN_RESIDENT);
    await touch(pad, [{ id: 5, size: 90 }]);
    assert.equal(await inked(visit), 0);
    await touch(pad, [{ id: 6, size: 20 }, { id: 7, size: 20 }]);
    assert.equal(await group().getByText("笔画还太少").count(), 1, "one line was drawn, not two");
    await button("撤销一笔").tap();
    await group().getByText("还没有签名").waitFor();
    await pen(pad);
    await touch(pad, [{ id: 8, size: 20 }]);
    await button("撤销一笔").tap();
    await group().getByText("还没有签名").waitFor();
  });

  step("ink follows a pen in the same frame, reaches as far as the pen will be, and is as thick as the pen presses", async () => {
    const [light, heavy] = [await penLine(visit, 0.1), await penLine(visit, 1)];
    for (const { nSteps, nShownAtOnce, nAhead, nAheadAfter } of [light, heavy]) {
      assert.equal(nShownAtOnce, nSteps, "no point waits for a later frame");
      assert.equal(nAhead, nSteps, "what the browser predicts is drawn in front of the pen");
      assert.equal(nAheadAfter, 0, "and gone with the pen");
    }
    assert.ok(heavy.nInk > 1.5 * light.nInk, `${light.nInk} pixels pressed lightly, ${heavy.nInk} pressed hard`);
  });

  step("it is signed on the small pad, and stays while the phone is turned", async () => {
    // The pen's ink is taken back: the pad takes fingers again.
    await sign(phone.page, visit.pad(form.SIGN_RESIDENT));
    await group().getByText("已签名").waitFor();
    await look(phone.page, "phone-signature");
    const before = await inkShape(visit);
    await phone.page.setViewportSize({ width: UPRIGHT.height, height: UPRIGHT.width });
    await phone.page.waitForFunction((it) => it.width > 1000, await visit.ink(form.SIGN_RESIDENT).elementHandle());
    const lying = await inkShape(visit);
    assert.ok(Math.abs(lying.ratio - before.ratio) < 0.1, `the shape stays: ${before.ratio} and ${lying.ratio}`);
    await phone.page.setViewportSize(UPRIGHT);
    await phone.page.waitForFunction((it) => it.width < 800, await visit.ink(form.SIGN_RESIDENT).elementHandle());
    const again = await inkShape(visit);
    assert.deepEqual(again, before, "and comes back as it was");
  });

  step("the large pad lies on its side and goes on with the same ink", async () => {
    await button("大字签名").tap();
    const sheet = phone.page.getByRole("dialog", { name: form.SIGN_RESIDENT });
    await sheet.getByRole("button", { name: "签好了" }).waitFor();
    await look(phone.page, "phone-signature-large");
    const small = await inkShape(visit);
    await stroke(phone.page, sheet.locator("canvas[role=img]"), LOOP);
    await visit.saved();
    // The phone lets the page go with the pad open: each line was kept.
    await reopen(phone.page);
    await group().getByText("已签名").waitFor();
    assert.notDeepEqual(await inkShape(visit), small, "the line on the large pad is there");
    await button("大字签名").tap();
    await stroke(phone.page, sheet.locator("canvas[role=img]"), WAVE);
    await sheet.getByRole("button", { name: "签好了" }).tap();
    await sheet.waitFor({ state: "hidden" });
    await group().getByText("已签名").waitFor();
    const whole = await inkShape(visit);
    assert.ok(whole.left > 0 && whole.top > 0, `all of it is shown: ${JSON.stringify(whole)}`);
    await look(phone.page, "phone-signature-after-large");
  });

  step("a changed answer voids it, and the visit does not end", async () => {
    await visit.sign(form.SIGN_VOLUNTEER);
    for (const _ of ["七", "六", "五"]) await phone.page.getByRole("button", { name: "上一步" }).tap();
    await visit.on(/逐项核对登记信息/u);
    await visit.write(/新的电话/u, LATER_PHONE);
    for (const title of [/逐项核对登记信息/u, /老人近况/u, /取证/u]) {
      await visit.on(title);
      await visit.next();
    }
    await visit.on(/签字/u);
    await group().getByText("签名后改过：新的电话").waitFor();
    await group().getByText(/这个签名已作废/u).waitFor();
    await group().scrollIntoViewIfNeeded();
    await look(phone.page, "phone-signature-void");
    await visit.next();
    await phone.page.getByText(/还有 2 处|有 2 处/u).first().waitFor();
  });

  step("signing again makes it good, and the visit is sent", async () => {
    for (const label of [form.SIGN_RESIDENT, form.SIGN_VOLUNTEER]) {
      await visit.group(label).getByRole("button", { name: "重新签名" }).tap();
      await visit.sign(label);
    }
    await visit.next();
    await form.wrapUp(visit);
    await visit.on("检查一遍");
    await look(phone.page, "phone-signature-summary", { fullPage: true });
    await visit.finish.tap();
    await new OutboxPage(phone.page).item(task.label).first().getByText("服务器已收到").waitFor();
  });

  step("the desk sees who signed what and when, and that it holds", async () => {
    const signIn = new DeskSignIn(desk.page);
    await signIn.open();
    await signIn.signIn("supervisor", community.logins.get("supervisor"));
    await new Desk(desk.page).go("复核");
    const submission = await new QueuePage(desk.page).open(task.label);
    await submission.on(task.label);
    assert.equal(await desk.page.getByText("已作废").count(), 0);
    const panel = desk.page.getByRole("region", { name: "签名", exact: true });
    await panel.getByRole("button", { name: form.SIGN_RESIDENT }).click();
    const box = desk.page.getByRole("dialog", { name: form.SIGN_RESIDENT });
    await box.getByText("有效，签的就是现在的内容").waitFor();
    await box.getByText(LATER_PHONE).waitFor();
    await look(desk.page, "desk-signature");
  });

  step("and it is drawn again in its own time, with a pause", async () => {
    const box = desk.page.getByRole("dialog", { name: form.SIGN_RESIDENT });
    const svg = box.locator("svg[role=img]");
    const n = async () => Number(await svg.getAttribute("data-strokes"));
    const all = await n();
    assert.ok(all > 20, `${all} pieces of ink`);
    await box.getByRole("combobox", { name: "速度" }).selectOption({ label: "0.5×" });
    await box.getByRole("button", { name: "播放" }).click();
    await box.getByRole("button", { name: "暂停" }).click();
    const paused = await n();
    assert.ok(paused < all, "it began anew");
    await box.getByRole("combobox", { name: "速度" }).selectOption({ label: "4×" });
    await box.getByRole("button", { name: "播放" }).click();
    await box.getByRole("button", { name: "播放" }).waitFor();
    assert.equal(await n(), all, "it ends whole");
  });

  step("whoever cannot write gives a thumb print beside a witness", async () => {
    const other = await form.certificationTask(await community.signIn("v01"), 1);
    await reopen(phone.page, "/");
    visit = await new InboxPage(phone.page).begin(other.label);
    await form.untilSigning(visit, other.last4);
    await visit.choose(/老人怎么签/u, "本人签字");
    await visit.saved();
    await reopen(phone.page);
    await visit.on(/签字/u);
    await button("签不了字，改按手印").tap();
    let shoot = button("给手印拍照");
    assert.ok(await shoot.isDisabled(), "the witness comes first");
    await group().getByLabel("见证人姓名").fill("王小虎");
    await sign(phone.page, group().locator("canvas[role=img]"));
    await group().getByText("已签名").waitFor();
    await look(phone.page, "phone-thumb-print");
    // The camera costs the page its life: the witness need not sign again.
    const lost = phone.page.waitForEvent("filechooser");
    await shoot.tap();
    await lost;
    await phone.kill();
    await reopen(phone.page, "/");
    visit = new VisitPage(phone.page);
    await phone.page.getByText(/拍照时页面被手机关掉了/u).waitFor();
    assert.equal(await group().getByLabel("见证人姓名").inputValue(), "王小虎");
    await group().getByText("已签名").waitFor();
    assert.ok(await button("在页面里拍").isEnabled());
    await phone.page.waitForFunction(() => scrollY > 0);
    await look(phone.page, "phone-thumb-print-lost");
    // Nor does it get lost on the way to another page and back.
    await phone.page.getByRole("button", { name: "上一步" }).tap();
    await visit.next();
    await visit.on(/签字/u);
    await group().getByText("已签名").waitFor();
    assert.equal(await group().getByLabel("见证人姓名").inputValue(), "王小虎");
    // The resident signs after all, and that stays. For a thumb print the witness then signs anew.
    await button("还是签名").tap();
    await sign(phone.page, group().locator("canvas[role=img]"));
    await group().getByText("已签名").waitFor();
    await phone.page.getByRole("button", { name: "上一步" }).tap();
    await visit.next();
    await visit.on(/签字/u);
    await group().getByText("已签名").waitFor();
    assert.equal(await group().getByLabel("见证人姓名").count(), 0);
    await button("全部重签").tap();
    await button("签不了字，改按手印").tap();
    assert.equal(await group().getByLabel("见证人姓名").inputValue(), "");
    await group().getByLabel("见证人姓名").fill("王小虎");
    await sign(phone.page, group().locator("canvas[role=img]"));
    await group().getByText("已签名").waitFor();
    shoot = button("给手印拍照");
    const take = async (button, buffer) => {
      const chooser = phone.page.waitForEvent("filechooser");
      await button.tap();
      await (await chooser).setFiles({ name: "thumb.jpg", mimeType: "image/jpeg", buffer });
      await group().getByText("已按手印，见证人：王小虎").waitFor();
    };
    // The camera of the tests sees this picture: it is the face's, which was taken on another page before the reload.
    await take(shoot, await readFile(join(HERE, "photos", "chelsea.jpg")));
    await group().getByText(/和这次拍的另一张照片几乎一样/u).waitFor();
    await take(button("重拍"), await readFile(join(HERE, "photos", "coffee.jpg")));
    await group().getByText(/照片太小/u).waitFor();
    await look(phone.page, "phone-thumb-print-small");
    await visit.next();
    await phone.page.getByText(/这一步还有 \d+ 处要改/u).waitFor();
    await take(button("重拍"), await cameraPhoto(await browser.darkroom()));
    await group().getByText(/照片太小|正在处理/u).first().waitFor({ state: "detached" });
    assert.equal(await button("重拍").count(), 0, "nothing is wrong with it");
    await look(phone.page, "phone-thumb-print-given");
    await visit.sign(form.SIGN_VOLUNTEER);
    await visit.next();
    await form.wrapUp(visit);
    await visit.on("检查一遍");
    await visit.finish.tap();
    await new OutboxPage(phone.page).item(other.label).first().getByText("服务器已收到").waitFor();
    await desk.page.keyboard.press("Escape");
    await new Desk(desk.page).go("复核");
    const submission = await new QueuePage(desk.page).open(other.label);
    await submission.on(other.label);
    await desk.page.getByText(/这里按的是手印/u).first().waitFor();
    await desk.page.getByRole("region", { name: "签名", exact: true }).getByRole("button", { name: form.SIGN_RESIDENT }).click();
    const box = desk.page.getByRole("dialog", { name: form.SIGN_RESIDENT });
    await box.getByText("见证人：王小虎").waitFor();
    await box.getByText("有效，签的就是现在的内容").waitFor();
    await look(desk.page, "desk-thumb-print");
  });
});

/** Returns how many pixels of the resident's pad are ink. */
function inked(visit) {
  return visit.ink(form.SIGN_RESIDENT).evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let n = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] > 128) n += 1;
    return n;
  });
}

/** Returns where the ink lies, and its proportions. */
function inkShape(visit) {
  return visit.ink(form.SIGN_RESIDENT).evaluate((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const box = { left: width, right: 0, top: height, bottom: 0 };
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        if (data[(y * width + x) * 4 + 3] <= 128) continue;
        box.left = Math.min(box.left, x);
        box.right = Math.max(box.right, x);
        box.top = Math.min(box.top, y);
        box.bottom = Math.max(box.bottom, y);
      }
    }
    return { ...box, ratio: (box.right - box.left) / (box.bottom - box.top) };
  });
}

/** Lets several touches of a size draw side by side, as the pad hears of them. */
function touch(pad, touches) {
  return pointers(pad, touches.map((it) => ({ ...it, kind: "touch" })));
}

/** Lets a pen draw a line. */
function pen(pad) {
  return pointers(pad, [{ id: 9, size: 1, kind: "pen" }]);
}

/**
 * Draws a line with a pen that presses so much, a point a frame; then takes it back. Returns in how many steps the ink grew
 * before the step was over, in how many it reached ahead of the pen, and how many pixels it was in the end.
 */
async function penLine(visit, pressure) {
  const ink = await visit.ink(form.SIGN_RESIDENT).elementHandle();
  const drawn = await visit.pad(form.SIGN_RESIDENT).evaluate(
    async (tail, { ink, pressure, nSteps }) => {
      const box = tail.getBoundingClientRect();
      tail.setPointerCapture = () => undefined;
      const event = (type, at, more = {}) =>
        new PointerEvent(type, {
          pointerId: 9,
          pointerType: "pen",
          pressure,
          button: type === "pointermove" ? -1 : 0,
          buttons: 1,
          bubbles: true,
          cancelable: true,
          clientX: box.left + 30 + at * 10,
          clientY: box.top + 50,
          ...more,
        });
      const columns = (canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let [n, last] = [0, -1];
        for (let at = 3; at < data.length; at += 4) {
          if (data[at] <= 128) continue;
          n += 1;
          last = Math.max(last, ((at - 3) / 4) % canvas.width);
        }
        return { n, last };
      };
      const perPixel = tail.width / box.width;
      tail.dispatchEvent(event("pointerdown", 0));
      let [nShownAtOnce, nAhead] = [0, 0];
      for (let at = 1; at <= nSteps; at += 1) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const before = Math.max(columns(ink).last, columns(tail).last);
        tail.dispatchEvent(event("pointermove", at, { predictedEvents: [event("pointermove", at + 0.5), event("pointermove", at + 1)] }));
        const after = columns(tail).last;
        if (after > before) nShownAtOnce += 1;
        if (after > (30 + at * 10 + 5) * perPixel) nAhead += 1;
      }
      tail.dispatchEvent(event("pointerup", nSteps));
      return { nSteps, nShownAtOnce, nAhead, nAheadAfter: columns(tail).n, nInk: columns(ink).n };
    },
    { ink, pressure, nSteps: 12 },
  );
  await visit.group(form.SIGN_RESIDENT).getByRole("button", { name: "撤销一笔", exact: true }).tap();
  return drawn;
}

function pointers(pad, all) {
  return pad.evaluate((canvas, them) => {
    const box = canvas.getBoundingClientRect();
    canvas.setPointerCapture = () => undefined;
    const send = (type, { id, size, kind }, at, row) =>
      canvas.dispatchEvent(
        new PointerEvent(type, {
          pointerId: id,
          pointerType: kind,
          width: size,
          height: size,
          pressure: 0.5,
          button: type === "pointermove" ? -1 : 0,
          buttons: 1,
          bubbles: true,
          cancelable: true,
          clientX: box.left + 40 + at * 12,
          clientY: box.top + 40 + row * 60,
        }),
      );
    for (const [row, it] of them.entries()) send("pointerdown", it, 0, row);
    for (let at = 1; at < 10; at += 1) for (const [row, it] of them.entries()) send("pointermove", it, at, row);
    for (const [row, it] of them.entries()) send("pointerup", it, 10, row);
  }, all);
}
