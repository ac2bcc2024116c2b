/**
 * Photos at the door: what a gallery may hand over, what is said of a bad one, how it is used all the same, and the copy
 * with a watermark.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { inPasses, usable, useless } from "../fixture/odd-photo.js";
import { HERE } from "../fixture/paths.js";
import { cameraPhoto, readJpeg } from "../fixture/photo.js";
import * as form from "../pages/certification.js";
import { InboxPage, LockPage, SignInPage, reopen } from "../pages/phone.js";

const LARGEST_BYTES = 300_000;

/** Segments that tell of the phone, the place or the person. */
const METADATA = [0xe1, 0xed, 0xfe];
/** The segment of a colour profile, which Chromium writes into what it encodes itself. */
const PROFILE = 0xe2;

/** What a page may grow by for one photo: a full decode of 48 megapixels takes 192 MB. */
const MOST_GROWTH = 128e6;
/** In several passes all coefficients are held, 144 MB of them. */
const MOST_GROWTH_IN_PASSES = 256e6;
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

/** Photos with something wrong, and what is said of them. */
const SPOILT = [
  { what: "blurred", filter: "blur(8px)", says: "照片有点糊，看不清。请拿稳手机，点一下屏幕对焦，再拍一张。" },
  { what: "bright", filter: "brightness(6)", says: "太亮了，发白看不清。请背对光线，或避开反光，再拍一张。" },
  { what: "small", width: 300, height: 200, says: "照片太小，字会看不清。请用相机直接拍一张，不要用截图或转发来的小图。" },
];

journey("photos: what comes in, what is said, what goes out", (step) => {
  let community;
  let browser;
  let phone;
  let darkroom;
  let visit;
  let task;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    darkroom = await browser.darkroom();
    task = await form.certificationTask(await community.signIn("v01"));
    phone = await browser.phone(community.url);
    // What the phone keeps is encrypted; the photo shown is read instead, which the page itself may not.
    await (await phone.context.newCDPSession(phone.page)).send("Page.setBypassCSP", { enabled: true });
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    await community?.close();
  });

  step("goes to the photos of a visit", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    const inbox = new InboxPage(phone.page);
    await inbox.ready.waitFor();
    visit = await inbox.begin(task.label);
    await form.untilPhotos(visit, task.last4);
    await look(phone.page, "phone-photo-empty");
  });

  step("tells in plain words why a file is no photo, and goes on", async () => {
    for (const { what, name, bytes, says } of await useless()) {
      await hand(name, bytes);
      await visit.group(form.PHOTO_FACE).getByRole("alert").filter({ hasText: says }).waitFor().catch((error) => {
        throw new Error(`${what}: ${error.message}`);
      });
    }
    await look(phone.page, "phone-photo-refused");
  });

  step("keeps whatever can be shown, in its size, as a clean JPEG that ends where the picture does", async () => {
    for (const { what, name, bytes, size } of await usable()) {
      const before = await source();
      await hand(name, bytes);
      const kept = await keptAfter(before, what);
      const { width, height, markers } = readJpeg(kept);
      assert.deepEqual([width, height], size, what);
      assert.ok(kept.length <= LARGEST_BYTES, `${what}: ${kept.length} bytes`);
      assert.ok(!markers.some((it) => METADATA.includes(it)), `${what}: segments ${markers}`);
      assert.equal(kept.subarray(-2).toString("hex"), "ffd9", `${what}: something is behind the picture`);
      assert.ok(!kept.includes("secret"), what);
    }
  });

  step("takes 48 megapixels as they come, with the memory of a cheap phone, and shows that it works", async () => {
    const large = await megapixels(48);
    const grown = await browser.growthDuring(async () => {
      const before = await source();
      await hand("large.jpg", large);
      await visit.group(form.PHOTO_FACE).getByText("正在整理和检查照片…").waitFor();
      const { width, height, markers } = readJpeg(await keptAfter(before, "48 megapixels"));
      assert.deepEqual([width, height], [1280, 960]);
      assert.ok(!markers.includes(PROFILE), "made small in wasm, not by the browser");
    });
    assert.ok(grown < MOST_GROWTH, `${megabytes(grown)} for 48 megapixels`);
  });

  step("takes them in several passes, too", async () => {
    const large = inPasses(8000, 6000);
    const grown = await browser.growthDuring(async () => {
      const before = await source();
      await hand("passes.jpg", large);
      const { width, height } = readJpeg(await keptAfter(before, "48 megapixels in several passes"));
      assert.deepEqual([width, height], [1280, 960]);
    });
    assert.ok(grown < MOST_GROWTH_IN_PASSES, `${megabytes(grown)} for 48 megapixels in several passes`);
  });

  step("says of a blurred, a bright and a small photo what to do", async () => {
    for (const { what, says, ...how } of SPOILT) {
      const before = await source();
      await hand(`${what}.jpg`, await altered(how));
      await keptAfter(before, what);
      await visit.group(form.PHOTO_FACE).getByText(says).waitFor();
      await visit.group(form.PHOTO_FACE).getByRole("img").scrollIntoViewIfNeeded();
      await look(phone.page, `phone-photo-${what}`);
    }
  });

  step("says of a dark photo what to do, and does not go on without a word", async () => {
    const before = await source();
    await hand("dark.jpg", await altered({ filter: "brightness(0.12)" }));
    await keptAfter(before, "a dark photo");
    await visit.group(form.PHOTO_FACE).getByText("太暗了，请开灯或靠近窗户再拍一张。").waitFor();
    await visit.group(form.PHOTO_FACE).getByRole("img").scrollIntoViewIfNeeded();
    await look(phone.page, "phone-photo-dark");
    await visit.next();
    await phone.page.getByText(/这一步还有 1 处要改/u).waitFor();
  });

  step("uses it all the same for a reason", async () => {
    await visit.group(form.PHOTO_FACE).getByRole("button", { name: "仍然使用（说明原因）" }).tap();
    await look(phone.page, "phone-photo-why");
    await visit.group(form.PHOTO_FACE).getByRole("button", { name: "现场光线只能这样" }).tap();
    await visit.group(form.PHOTO_FACE).getByText(/仍然使用这张照片，原因：现场光线只能这样/u).waitFor();
    await look(phone.page, "phone-photo-kept");
  });

  step("remembers the reason when the page is killed", async () => {
    await visit.saved();
    await reopen(phone.page);
    await visit.on(/取证/u);
    await visit.group(form.PHOTO_FACE).getByText(/原因：现场光线只能这样/u).waitFor();
  });

  step("notices the same photo under another question", async () => {
    const photo = await cameraPhoto(darkroom);
    const before = await source();
    await hand("one.jpg", photo);
    await keptAfter(before, "a good photo");
    assert.equal(await visit.group(form.PHOTO_FACE).getByText(/再拍一张/u).count(), 0, "nothing is wrong with it");
    await visit.takePicture(form.PHOTO_TOGETHER, photo);
    await visit.group(form.PHOTO_TOGETHER).getByText(/和这次拍的另一张照片几乎一样/u).waitFor();
  });

  step("hands out a copy with time, place, volunteer and task", async () => {
    await phone.page.evaluate(() => {
      Object.defineProperty(navigator, "canShare", { value: () => false, configurable: true });
    });
    const [download] = await Promise.all([
      phone.page.waitForEvent("download"),
      visit.group(form.PHOTO_FACE).getByRole("button", { name: "发带水印的照片" }).tap(),
    ]);
    const copy = await readFile(await download.path());
    const { width, height } = readJpeg(copy);
    assert.deepEqual([width, height], [960, 1280], "the photo's own size");
    const photo = await bytesOf(await source());
    const rows = await rowsWritten(photo, copy);
    assert.ok(rows >= 4, `${rows} lines are written: time, place, volunteer, task`);
    assert.equal(await rowsWritten(photo, photo), 0, "the photo itself stays unmarked");
    await darkroom.setContent(`<img src="data:image/jpeg;base64,${copy.toString("base64")}" width="360">`);
    await darkroom.locator("img").evaluate((it) => it.decode());
    await look(darkroom, "photo-watermark").catch((error) => assert.match(error.message, /accessibility/u));
  });

  /** Hands over a file as the gallery does. */
  async function hand(name, buffer) {
    const chooser = phone.page.waitForEvent("filechooser");
    await visit.group(form.PHOTO_FACE).getByRole("button", { name: /^(拍照|重拍)$/u }).first().tap();
    await (await chooser).setFiles({ name, mimeType: "", buffer });
  }

  /** Returns the address of the photo shown; empty where there is none. */
  async function source() {
    const picture = visit.picture(form.PHOTO_FACE);
    return (await picture.count()) === 0 ? "" : picture.getAttribute("src");
  }

  /** Waits for another photo than the one before; returns its bytes. */
  async function keptAfter(before, what) {
    for (let tries = 0; tries < 150; tries += 1) {
      const now = await source();
      if (now && now !== before) return bytesOf(now);
      const refusal = visit.group(form.PHOTO_FACE).locator(".notice.bad");
      if ((await refusal.count()) > 0) throw new Error(`${what}: ${await refusal.textContent()}`);
      await phone.page.waitForTimeout(200);
    }
    throw new Error(`${what}: no photo`);
  }

  async function bytesOf(url) {
    return Buffer.from(await phone.page.evaluate(async (it) => [...new Uint8Array(await (await fetch(it)).arrayBuffer())], url));
  }

  /** A photo of so many megapixels, made in a page of its own. */
  async function megapixels(n) {
    const encoded = await darkroom.evaluate(
      async ({ source, n }) => {
        const image = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${source}`)).blob());
        const canvas = new OffscreenCanvas(Math.round(Math.sqrt((n * 4e6) / 3)), Math.round(Math.sqrt((n * 3e6) / 4)));
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })).arrayBuffer());
        let text = "";
        for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
        return btoa(text);
      },
      { source: (await readFile(join(HERE, "photos", "coffee.jpg"))).toString("base64"), n },
    );
    return Buffer.from(encoded, "base64");
  }

  /** A photo spoilt by a filter, or by its size. */
  async function altered({ filter = "none", width = 1200, height = 800 }) {
    const encoded = await darkroom.evaluate(
      async ({ source, filter, width, height }) => {
        const image = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${source}`)).blob());
        const canvas = new OffscreenCanvas(width, height);
        const context = canvas.getContext("2d");
        context.filter = filter;
        context.drawImage(image, 0, 0, width, height);
        const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })).arrayBuffer());
        let text = "";
        for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
        return btoa(text);
      },
      { source: (await readFile(join(HERE, "photos", "coffee.jpg"))).toString("base64"), filter, width, height },
    );
    return Buffer.from(encoded, "base64");
  }

  /** Returns how many lines of white letters a copy has on its shade, where the photo is not as light. */
  function rowsWritten(photo, copy) {
    return darkroom.evaluate(
      async (encoded) => {
        const [before, after] = await Promise.all(
          encoded.map(async (it) => {
            const image = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${it}`)).blob());
            const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
            context.drawImage(image, 0, 0);
            return context.getImageData(0, 0, image.width, image.height);
          }),
        );
        const isWritten = (y) => {
          let n = 0;
          for (let at = 4 * y * after.width; at < 4 * (y + 1) * after.width; at += 4) {
            if (after.data[at] > 225 && before.data[at] < after.data[at] - 30) n += 1;
          }
          return n > 4;
        };
        let [n, wasWritten] = [0, false];
        for (let y = 0; y < after.height; y += 1) {
          const is = isWritten(y);
          if (is && !wasWritten) n += 1;
          wasWritten = is;
        }
        return n;
      },
      [photo, copy].map((it) => it.toString("base64")),
    );
  }
});
