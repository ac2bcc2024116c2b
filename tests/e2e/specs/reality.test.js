/**
 * Browsers as they are inside other apps on old phones: without most of what is new, in the page and in its workers; and
 * those that keep nothing, which is said before any work is done.
 */
import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";

import { withPrelude } from "../fixture/altered-web.js";
import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { HERE } from "../fixture/paths.js";
import { cameraPhoto } from "../fixture/photo.js";
import { deliveredShortForms, publishShortForm } from "../fixture/short-form.js";
import { InboxPage, LockPage, OutboxPage, SignInPage, VisitPage } from "../pages/phone.js";
import * as short from "../pages/short.js";

/** Takes away what a WebView may lack. Runs in the page before the app, and first of all in each worker. */
function bare() {
  const gone = ["OffscreenCanvas", "ImageDecoder", "BroadcastChannel", "CompressionStream", "DecompressionStream", "SyncManager", "LockManager", "requestIdleCallback", "cancelIdleCallback", "NetworkInformation"];
  for (const name of gone) delete globalThis[name];
  const proto = Object.getPrototypeOf(navigator);
  for (const name of ["locks", "connection", "serviceWorker", "canShare", "share"]) delete proto[name];
  for (const name of ["persist", "persisted", "estimate"]) if (globalThis.StorageManager) delete StorageManager.prototype[name];
  const whole = globalThis.createImageBitmap;
  globalThis.createImageBitmap = (...given) => {
    if (given.some((it) => it && Object.getPrototypeOf(it) === Object.prototype)) return Promise.reject(new TypeError("no options"));
    return whole(...given);
  };
}

/** What keeps a browser from keeping anything, and what is said of it. */
const UNKEPT = [
  ["has no database", () => Object.defineProperty(globalThis, "indexedDB", { value: undefined }), /这里不能保存记录/u],
  ["opens none in a private window", () => { IDBFactory.prototype.open = () => { throw new DOMException("A mutation operation was attempted on a database that did not allow mutations.", "InvalidStateError"); }; }, /存储坏了/u],
  ["refuses it by a policy", () => { IDBFactory.prototype.open = () => { throw new DOMException("denied", "SecurityError"); }; }, /这里不能保存记录/u],
  ["writes nothing for want of space", () => { IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); }; }, /空间满了，现在存不下/u],
  ["writes nothing after its database broke", () => { IDBObjectStore.prototype.put = () => { throw new DOMException("broken", "UnknownError"); }; }, /存储坏了/u],
];

journey("a browser that lacks much", (step) => {
  let web;
  let community;
  let browser;
  let phone;
  let photo;
  let visit;

  before(async () => {
    web = await withPrelude(`(${bare})();`);
    community = await openCommunity({ web });
    await publishShortForm(await community.signIn("supervisor"));
    browser = await openBrowser();
    photo = await cameraPhoto(await browser.darkroom());
    phone = await browser.phone(community.url);
    await phone.context.addInitScript(bare);
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    await community?.close();
    if (web) await rm(web, { recursive: true, force: true });
  });

  step("has really lost it, in the page and in its workers", async () => {
    await phone.page.goto("/");
    const left = () => ["OffscreenCanvas", "ImageDecoder", "BroadcastChannel", "CompressionStream"].filter((it) => it in globalThis).concat("locks" in navigator ? "locks" : []);
    assert.deepEqual(await phone.page.evaluate(left), []);
    const told = phone.page.waitForEvent("worker");
    const signIn = new SignInPage(phone.page);
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    assert.deepEqual(await (await told).evaluate(left), []);
  });

  step("says that it can't be opened without a network, and works", async () => {
    await phone.page.getByText(/没有网络就打不开叩门/u).waitFor();
    await look(phone.page, "phone-no-shell");
    visit = await short.begin(phone.page);
    await visit.write(short.NUMBER, "老手机");
    await visit.next();
    await visit.on("拍下来");
    // In several passes: only the codecs in wasm read it here.
    await visit.takePicture(short.PHOTO, await readFile(join(HERE, "photos", "odd", "progressive.jpg")));
  });

  step("keeps a second window out of an open visit, without locks", async () => {
    const second = await phone.context.newPage();
    await second.goto(phone.page.url());
    await new LockPage(second).unlock();
    await second.getByText(/正在另一个窗口里填写/u).waitFor();
    await phone.page.close();
    // The other window has let go: this one goes on by itself.
    phone.page = second;
    visit = new VisitPage(second);
    await visit.on("拍下来");
    await visit.picture(short.PHOTO).waitFor();
  });

  step("sends from two windows at once, without locks, and nothing arrives twice", async () => {
    await phone.context.setOffline(true);
    await visit.next();
    await short.finish(visit, "老手机");
    const second = await phone.context.newPage();
    await phone.context.setOffline(false);
    await second.goto("/");
    await new LockPage(second).unlock();
    await new OutboxPage(phone.page).state("老手机", "服务器已收到").waitFor();
    const stored = await deliveredShortForms(await community.signIn("supervisor"));
    assert.deepEqual(stored.map((it) => it.number), ["老手机"]);
    await second.close();
  });

  step("says so at once where a save fails, and brings it to disk later", async () => {
    await phone.page.getByRole("link", { name: "任务", exact: true }).tap();
    visit = await short.begin(phone.page);
    await visit.write(short.NUMBER, "满了");
    await visit.next();
    const chooser = await visit.openCamera(short.PHOTO);
    await visit.saved();
    await phone.page.evaluate(() => {
      const real = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function () {
        throw new DOMException("full", "QuotaExceededError");
      };
      globalThis.makeRoom = () => (IDBObjectStore.prototype.put = real);
    });
    await chooser.setFiles({ name: "IMG.jpg", mimeType: "image/jpeg", buffer: photo });
    await phone.page.getByText(/最后填的还没有存上/u).waitFor();
    await phone.page.getByText(/手机空间满了，最后填的没有存上/u).first().waitFor();
    await look(phone.page, "phone-not-saved");
    await phone.page.evaluate(() => globalThis.makeRoom());
    await phone.page.getByRole("button", { name: "再存一次" }).tap();
    await visit.saved();
    await phone.page.getByText(/没有存上/u).first().waitFor({ state: "hidden" });
    await phone.page.reload();
    await new LockPage(phone.page).unlock();
    await visit.on("拍下来");
    await visit.picture(short.PHOTO).waitFor();
  });

  step("opens a database again that the browser closed", async () => {
    await phone.page.evaluate(() => {
      const real = IDBDatabase.prototype.transaction;
      const closed = new WeakSet();
      IDBDatabase.prototype.transaction = function (...given) {
        globalThis.firstDatabase ??= this;
        if (globalThis.firstDatabase === this && !closed.has(this)) {
          closed.add(this);
          this.close();
        }
        return real.apply(this, given);
      };
    });
    await visit.next();
    await short.finish(visit, "满了");
    assert.ok(await phone.page.evaluate(() => globalThis.firstDatabase !== undefined));
    await new OutboxPage(phone.page).state("满了", "服务器已收到").waitFor();
  });

  for (const [what, spoil, says] of UNKEPT) {
    step(`that ${what} says so before work is done, and what to do`, async () => {
      const other = await browser.phone(community.url);
      await other.context.addInitScript(spoil);
      await other.page.goto("/");
      await other.page.getByRole("alert").getByText(says).waitFor();
      assert.ok(await other.page.getByRole("button", { name: "登录", exact: true }).isDisabled());
      await look(other.page, `phone-unkept-${UNKEPT.findIndex(([it]) => it === what)}`);
      await other.close();
    });
  }

  step("that has no place for small texts still works", async () => {
    const other = await browser.phone(community.url);
    await other.context.addInitScript(() => {
      Object.defineProperty(window, "localStorage", { get() { throw new DOMException("denied", "SecurityError"); } });
    });
    await other.page.goto("/");
    await new SignInPage(other.page).signIn("v02", community.logins.get("v02"));
    await new LockPage(other.page).choose();
    await new InboxPage(other.page).ready.waitFor();
    await other.close();
  });
});
