/**
 * The volunteer's whole way with no network from the moment after log-in: find, fill in, photograph, sign, lose the page,
 * finish; then the network returns and the queue drains by itself.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { cameraPhoto, colourAt, readJpeg } from "../fixture/photo.js";
import * as form from "../pages/certification.js";
import { LOOP, stroke, WAVE } from "../pages/finger.js";
import { InboxPage, LockPage, OutboxPage, SignInPage, VisitPage, reopen } from "../pages/phone.js";

/** What a photo may weigh at most when it leaves the phone. */
const LARGEST_BYTES = 300_000;

/** Longest side the form allows for these photos. */
const LONGEST_PX = 1280;

/** Short side of what the tests' camera sees: a photo with less has lost something on the way. */
const SHORTEST_PX = 480;

/** Segments that tell of the phone, the place or the person: Exif and XMP, IPTC, comments. A colour profile tells nothing. */
const METADATA = [0xe1, 0xed, 0xfe];

journey("a certification at the door, without a network", (step) => {
  let community;
  let browser;
  let phone;
  let task;
  let darkroom;
  let photo;
  let inbox;
  let visit;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    task = await form.certificationTask(await community.signIn("v01"));
    darkroom = await browser.darkroom();
    photo = await cameraPhoto(darkroom);
    phone = await browser.phone(community.url);
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    await community?.close();
  });

  step("signs in and is ready to go offline", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await look(phone.page, "phone-sign-in");
    await signIn.signIn("v01", community.logins.get("v01"));
    const lock = new LockPage(phone.page);
    await lock.code.waitFor();
    await look(phone.page, "phone-new-code");
    await lock.choose();
    inbox = new InboxPage(phone.page);
    await inbox.ready.waitFor();
    await phone.context.setOffline(true);
    await look(phone.page, "phone-tasks");
  });

  step("opens with no network after a reload", async () => {
    await reopen(phone.page);
    await inbox.ready.waitFor();
    await inbox.card(task.label).waitFor();
  });

  step("finds a task by the initials of its name", async () => {
    const initials = task.search.split(/\s+/u).find((word) => /^[a-z]{2,4}$/u.test(word));
    assert.ok(initials, `no initials in ${task.search}`);
    await inbox.search.fill(initials);
    await inbox.card(task.label).waitFor();
    await phone.page.getByText(/^找到 \d+ 项$/u).waitFor();
    await look(phone.page, "phone-search");
  });

  step("opens it filled in from the register", async () => {
    visit = await inbox.begin(task.label);
    await visit.on(/今天上门的是谁/u);
    const resident = phone.page.getByRole("combobox", { name: /要办的是哪位居民/u });
    assert.match(await resident.inputValue(), new RegExp(task.label.slice(0, 2), "u"));
    await phone.page.getByText(task.id_masked).waitFor();
    await look(phone.page, "phone-visit-prefilled");
    await visit.next();
  });

  step("says beside the question what is wrong, in plain words", async () => {
    await visit.on(/上门情况/u);
    await visit.next();
    await phone.page.getByText(/这一步还有 \d+ 处要改/u).waitFor();
    await visit.choose(/进门前有没有出示工作证/u, "否");
    await phone.page.getByText(/请先出示工作证/u).waitFor();
    await look(phone.page, "phone-visit-problem");
    await form.meet(visit);
  });

  step("warns of a document that is not the registered one", async () => {
    await form.consent(visit);
    await visit.on(/核实身份/u);
    await visit.pick(/老人拿出的是哪种证件/u, "居民身份证");
    await visit.write(/证件号最后四位/u, task.last4 === "0000" ? "1111" : "0000");
    await phone.page.getByText(/和登记的证件号对不上/u).waitFor();
    await visit.write(/证件号最后四位/u, task.last4);
    await phone.page.getByText(/和登记的证件号对不上/u).waitFor({ state: "hidden" });
    await visit.next();
  });

  step("compares every item with the register", async () => {
    await form.compare(visit);
    await form.condition(visit);
  });

  step("is back at the photo when the page dies behind the camera", async () => {
    await visit.on(/取证/u);
    await visit.choose(/老人怎么做的/u, "念对了");
    await visit.openCamera(form.PHOTO_FACE);
    await reopen(phone.page);
    await visit.cameraLost.waitFor();
    await visit.on(/取证/u);
    const question = visit.group(form.PHOTO_FACE);
    await question.waitFor();
    assert.ok(await question.evaluate((it) => it.contains(document.activeElement)), "the question has the focus");
    await look(phone.page, "phone-camera-lost");
  });

  step("takes photos inside the page and by the camera app", async () => {
    await visit.shoot(form.PHOTO_FACE);
    await visit.takePicture(form.PHOTO_TOGETHER, photo);
    await look(phone.page, "phone-photos");
    await visit.group(form.PHOTO_FACE).scrollIntoViewIfNeeded();
    await look(phone.page, "phone-photo-face");
  });

  step("loses nothing when the page is killed", async () => {
    await phone.kill();
    await reopen(phone.page, "/");
    visit = new VisitPage(phone.page);
    await phone.page.getByText("已回到您上次填写的地方，填过的都在。").waitFor();
    await visit.on(/取证/u);
    await visit.picture(form.PHOTO_FACE).waitFor();
    await visit.picture(form.PHOTO_TOGETHER).waitFor();
    await visit.group(/老人怎么做的/u).getByRole("radio", { name: "念对了", checked: true }).waitFor();
    await visit.next();
  });

  step("keeps a signature while the phone is turned", async () => {
    await visit.on(/签字/u);
    await visit.choose(/老人怎么签/u, "本人签字");
    const group = visit.group(form.SIGN_RESIDENT);
    const pad = visit.pad(form.SIGN_RESIDENT);
    const undo = group.getByRole("button", { name: "撤销一笔" });
    await stroke(phone.page, pad, WAVE);
    await group.getByText("已签名").waitFor();
    const ink = await inkOf(visit.ink(form.SIGN_RESIDENT));
    await phone.page.setViewportSize({ width: 780, height: 360 });
    await settled(pad);
    assert.ok((await inkOf(visit.ink(form.SIGN_RESIDENT))) > ink / 4, "the first stroke is still seen");
    await stroke(phone.page, pad, LOOP);
    await look(phone.page, "phone-signature-turned");
    await phone.page.setViewportSize({ width: 360, height: 780 });
    await settled(pad);
    await undo.tap();
    await group.getByText("已签名").waitFor();
    await undo.tap();
    await group.getByText("还没有签名").waitFor();
    await visit.sign(form.SIGN_RESIDENT);
    await visit.sign(form.SIGN_VOLUNTEER);
    await group.scrollIntoViewIfNeeded();
    await look(phone.page, "phone-signatures");
    await visit.next();
  });

  step("finishes with a summary and waits in the queue", async () => {
    await form.wrapUp(visit);
    await visit.on("检查一遍");
    await phone.page.getByText(form.NEW_PHONE).waitFor();
    await look(phone.page, "phone-summary");
    await visit.finish.tap();
    const outbox = new OutboxPage(phone.page);
    await outbox.state(task.label, /等待发送/u).waitFor();
    await look(phone.page, "phone-outbox-waiting");
  });

  step("still waits after a reload", async () => {
    await reopen(phone.page);
    await new OutboxPage(phone.page).state(task.label, /等待发送/u).waitFor();
  });

  step("sends by itself when the network returns, and shows the receipt", async () => {
    const outbox = new OutboxPage(phone.page);
    await phone.context.setOffline(false);
    await outbox.state(task.label, "服务器已收到").waitFor();
    const receipt = await outbox.item(task.label).getByText(/^\d{8}-[A-Z2-7]{6}$/u).textContent();
    await look(phone.page, "phone-outbox-stored");
    const [row] = (await (await community.signIn("supervisor")).json("/desk/submissions?state=received")).items;
    assert.equal(row.receipt_number, receipt);
    assert.equal(row.n_flags, 0, row.flags.join(" "));
  });

  step("has delivered upright photos, small and without their metadata", async () => {
    const supervisor = await community.signIn("supervisor");
    const [row] = (await supervisor.json("/desk/submissions?state=received")).items;
    const detail = await supervisor.json(`/desk/submissions/${row.id}`);
    assert.ok(detail.seal.verified);
    const photos = detail.attachments.filter((it) => it.kind === "photo");
    assert.equal(photos.length, 2);
    for (const it of photos) {
      const bytes = await supervisor.bytes(`/desk/submissions/${row.id}/attachments/${it.name}`);
      assert.equal(createHash("sha256").update(bytes).digest("hex"), it.sha256);
      assert.ok(bytes.length <= LARGEST_BYTES, `${it.name}: ${bytes.length} bytes`);
      const { width, height, markers } = readJpeg(bytes);
      assert.deepEqual([it.width, it.height], [width, height]);
      assert.ok(Math.min(width, height) >= SHORTEST_PX, `${it.name}: ${width} × ${height}`);
      assert.ok(Math.max(width, height) <= LONGEST_PX, `${it.name}: ${width} × ${height}`);
      const metadata = markers.filter((marker) => METADATA.includes(marker));
      assert.deepEqual(metadata, [], `${it.name} carries metadata`);
      for (const word of ["Exif", "http://ns.adobe.com"]) assert.ok(!Buffer.from(bytes).includes(word), `${it.name}: ${word}`);
    }
    const together = photos.find((it) => form.PHOTO_TOGETHER.test(it.question));
    assert.ok(together.height > together.width, "the photo that lay on its side stands upright");
    const bytes = await supervisor.bytes(`/desk/submissions/${row.id}/attachments/${together.name}`);
    const [red, green] = await colourAt(darkroom, bytes, 0.98, 0.02);
    assert.ok(red > 200 && green < 60, "its first corner is the upper right one");
    const signatures = detail.attachments.filter((it) => it.kind === "signature");
    assert.equal(signatures.length, 2);
  });
});

/** Returns the dark pixels on a pad. */
function inkOf(pad) {
  return pad.evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 128 && data[i] < 128) dark += 1;
    return dark;
  });
}

/** Waits until a pad fits its place on the turned screen and was painted again. */
async function settled(pad) {
  const fits = (canvas) => canvas.width === Math.floor(canvas.offsetWidth * devicePixelRatio);
  await pad.page().waitForFunction(fits, await pad.elementHandle());
}
