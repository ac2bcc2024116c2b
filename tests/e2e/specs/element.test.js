/**
 * `<doorstep-form>` on a page of ten lines: filled in at a phone, with a list, a repeat, a photo and a signature, and what
 * the page gets of it. No server of ours is there.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { journey } from "../fixture/journey.js";
import { buildKit, serveKit } from "../fixture/kit.js";
import { look } from "../fixture/look.js";
import { heic } from "../fixture/odd-photo.js";
import { HERE, KIT } from "../fixture/paths.js";

journey("a form on a page of ten lines", (step) => {
  let server;
  let browser;
  let phone;
  let page;
  const fetched = [];

  before(async () => {
    await buildKit();
    server = await serveKit();
    browser = await openBrowser();
    phone = await browser.phone(server.url);
    page = phone.page;
    await page.addInitScript(keepEvents);
    page.on("request", (it) => fetched.push(it));
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    server?.close();
  });

  const next = () => page.getByRole("button", { name: "下一步" }).click();
  const events = (type) => page.evaluate((wanted) => globalThis.told.filter((it) => it.type === wanted), type);
  /** The page reads the files before it tells of an event. */
  const event = async (type) => {
    await page.waitForFunction((wanted) => globalThis.told.some((it) => it.type === wanted), type);
    return (await events(type))[0];
  };

  step("the page has ten lines", async () => {
    const text = await readFile(join(KIT, "examples/ten-lines.html"), "utf8");
    assert.ok(text.trim().split("\n").length <= 10);
    for (const language of ["", "zh-CN"]) {
      const readme = await readFile(join(KIT, language ? `README.${language}.md` : "README.md"), "utf8");
      assert.ok(readme.includes(text.trim()), `README ${language} shows another example`);
    }
  });

  step("opens on the first page", async () => {
    await page.goto("/examples/ten-lines.html");
    await page.evaluate(() => {
      document.querySelector("doorstep-form").lists = { streets: new URL("streets.csv", location.href) };
    });
    await page.getByRole("heading", { name: "门口" }).waitFor();
    await event("doorstep-ready");
    await look(page, "element-first");
  });

  step("shows what is missing, and leads nowhere else", async () => {
    await next();
    await page.getByText("必填").first().waitFor();
    assert.equal(await page.getByRole("alert").count(), 2);
    assert.equal(await page.evaluate(() => document.activeElement.shadowRoot.activeElement.tagName), "INPUT");
    await look(page, "element-missing");
  });

  step("is filled in page by page", async () => {
    await page.getByLabel("走访人").fill("王红");
    await page.getByLabel("开了", { exact: true }).check();
    await next();
    await page.getByRole("heading", { name: "被访人" }).waitFor();
    await page.getByLabel("姓名").fill("李奶奶");
    await page.getByLabel("出生日期").fill("1949-12-31");
    await page.getByLabel("和平街道").check();
    await page.getByLabel("送餐").check();
    await page.getByLabel("维修").check();
    await look(page, "element-person", { fullPage: true });
    await next();
    await page.getByRole("heading", { name: "同住的人", level: 2 }).waitFor();
    await page.getByRole("button", { name: "添加一项" }).click();
    await page.getByRole("button", { name: "添加一项" }).click();
    await page.getByLabel("姓名").nth(0).fill("老张");
    await page.getByLabel("年龄").nth(0).fill("７８");
    await page.getByRole("button", { name: "删除：同住的人 第 2 项" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "删除", exact: true }).click();
    await page.getByLabel("姓名").nth(1).waitFor({ state: "detached" });
    await next();
  });

  step("takes a photo and a signature", async () => {
    await page.getByRole("heading", { name: "结束" }).waitFor();
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "从相册选" }).click()]);
    await chooser.setFiles({ name: "a.heic", mimeType: "image/heic", buffer: heic(4032, 3024) });
    await page.getByText(/这张照片是 HEIC 格式/u).waitFor();
    const [again] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "从相册选" }).click()]);
    await again.setFiles(join(HERE, "photos", "coffee.jpg"));
    await page.getByRole("img", { name: /已拍的照片/u }).waitFor();
    const box = await page.locator("canvas[role=img]").boundingBox();
    await page.mouse.move(box.x + 40, box.y + 60);
    await page.mouse.down();
    for (const [x, y] of [[90, 120], [150, 50], [220, 110]]) await page.mouse.move(box.x + x, box.y + y, { steps: 5 });
    await page.mouse.up();
    await page.getByText("已签名").first().waitFor();
    await look(page, "element-last", { fullPage: true });
  });

  step("goes on from a draft after a reload", async () => {
    const draft = await page.evaluate(() => document.querySelector("doorstep-form").draft());
    const changes = await events("doorstep-change");
    assert.deepEqual(
      changes.slice(0, 2).map(({ detail }) => [detail.reference, detail.value]),
      [["/data/door/visitor", "王红"], ["/data/door/opened", "yes"]],
    );
    assert.equal(changes.at(-1).detail.draft, draft);
    await page.evaluate(() => {
      const form = document.querySelector("doorstep-form");
      Object.assign(form, { files: form.files, savedDraft: form.draft() });
    });
    await page.getByRole("heading", { name: "门口" }).waitFor();
    assert.equal(await page.getByLabel("走访人").inputValue(), "王红");
  });

  step("keeps its answers when the page puts it elsewhere", async () => {
    await page.getByLabel("走访人").fill("王红梅");
    await page.evaluate(() => {
      const place = document.body.appendChild(document.createElement("main"));
      place.append(document.querySelector("doorstep-form"));
    });
    await page.getByRole("main").getByRole("heading", { name: "门口" }).waitFor();
    assert.equal(await page.getByLabel("走访人").inputValue(), "王红梅");
  });

  step("gives the page its submission and the files", async () => {
    for (let n = 1; n <= 3; n++) await next();
    await page.getByRole("button", { name: "完成" }).click();
    await page.getByText("填好了").waitFor();
    const { detail } = await event("doorstep-finished");
    const element = (name) => new RegExp(`<${name}>([^<]*)</${name}>`, "u").exec(detail.xml)?.[1];
    assert.equal(element("visitor"), "王红梅");
    assert.equal(element("street"), "heping");
    assert.equal(element("needs"), "meals repair");
    assert.match(detail.xml, /<member>\s*<name>老张<\/name>\s*<age>78<\/age>\s*<\/member>/u);
    assert.equal(detail.xml.split("<member>").length, 2);
    assert.ok(detail.instanceId.startsWith("uuid:") && detail.xml.includes(detail.instanceId));
    assert.deepEqual(detail.files.map(({ name }) => name), [element("photo"), element("signature")]);
    for (const { size, start } of detail.files) assert.ok(size > 500 && ["ffd8", "8950"].includes(start), `${size} ${start}`);
    await look(page, "element-finished");
  });

  step("verifies what is signed, with a file that no other form fetches", async () => {
    const isVerifier = (it) => it.url().includes("signatures");
    assert.deepEqual(fetched.filter(isVerifier), []);
    await page.evaluate((xform) => {
      const form = document.createElement("doorstep-form");
      form.xform = xform;
      document.querySelector("doorstep-form").replaceWith(form);
    }, SIGNED_FORM);
    await page.getByLabel("二维码").fill(SIGNED);
    await page.getByText("姓名").click();
    await page.getByText("李奶奶 880101").waitFor();
    assert.equal(fetched.filter(isVerifier).length, 2);
    await page.getByLabel("二维码").fill(SIGNED.replace("Z88", "Z89"));
    await page.getByText("姓名").click();
    await page.getByText("李奶奶 880101").waitFor({ state: "detached" });
  });

  step("records a sound, which can be listened to", async () => {
    await page.evaluate((xform) => {
      const form = document.createElement("doorstep-form");
      form.xform = xform;
      document.querySelector("doorstep-form").replaceWith(form);
    }, SOUND_FORM);
    await page.getByRole("button", { name: "录音" }).click();
    await page.getByText("正在录音：1 秒").waitFor();
    await page.getByRole("button", { name: "录好了" }).click();
    await page.getByLabel("已录的声音：他说").waitFor();
    const [{ name, size, type }] = await page.evaluate(() => document.querySelector("doorstep-form").files.map(({ name, size, type }) => ({ name, size, type })));
    assert.match(name, /^said-\d+\.webm$/u);
    assert.ok(type === "audio/webm" && size > 500, `${type} ${size}`);
    await page.waitForFunction(() => document.querySelector("doorstep-form").shadowRoot.querySelector("audio").readyState > 0);
  });

  step("says place by place why a form is refused, in the page's language", async () => {
    await page.evaluate(() => {
      document.documentElement.lang = "en";
      const form = document.createElement("doorstep-form");
      form.xform = `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>t</h:title><model>
        <instance><data id="broken"><a/></data></instance><bind nodeset="/data/a" relevant="/data/b = 1 +"/></model></h:head>
        <h:body><input ref="/data/a"><label>A</label></input></h:body></h:html>`;
      document.querySelector("doorstep-form").replaceWith(form);
    });
    await page.getByText("What has to be changed in this form").waitFor();
    const { detail } = await event("doorstep-refused");
    assert.equal(detail.code, "form.refused");
    assert.ok(detail.diagnostics.some(({ place }) => place.reference === "/data/a"));
    await look(page, "element-refused");
  });
});

/** Of `tests/conformance/cases/functions-text.md`. */
const KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const SIGNED = "Z88yThwJ33Jk1R5Ruzr6h8ztGqEqhiZSiKFFCF6jfJ+VVR03qCJ2IWCnepOEm052ZcXxpdGWis/0w2VhmtRtAOadjuWltuWltiA4ODAxMDE=";
const SIGNED_FORM = `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>签名</h:title><model>
  <instance><data id="signed"><code/><name/></data></instance>
  <bind nodeset="/data/name" readonly="true()" calculate="extract-signed(/data/code, '${KEY}')"/></model></h:head>
  <h:body><group appearance="field-list"><input ref="/data/code"><label>二维码</label></input><input ref="/data/name"><label>姓名</label></input></group></h:body></h:html>`;

const SOUND_FORM = `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:odk="http://www.opendatakit.org/xforms">
  <h:head><h:title>录音</h:title><model><instance><data id="sound"><said/></data></instance>
  <bind nodeset="/data/said" type="binary" odk:quality="voice-only"/></model></h:head>
  <h:body><upload ref="/data/said" mediatype="audio/*"><label>他说</label></upload></h:body></h:html>`;

/** In the page: keeps what the form tells, files as their size and first bytes. */
function keepEvents() {
  globalThis.told = [];
  for (const type of ["doorstep-ready", "doorstep-change", "doorstep-refused"]) {
    addEventListener(type, ({ detail }) => globalThis.told.push({ type, detail }));
  }
  addEventListener("doorstep-finished", async ({ type, detail }) => {
    const { attachments, ...rest } = detail;
    const files = await Promise.all(attachments.map(async (file) => {
      const start = [...new Uint8Array(await file.slice(0, 2).arrayBuffer())].map((it) => it.toString(16).padStart(2, "0")).join("");
      return { name: file.name, size: file.size, start };
    }));
    globalThis.told.push({ type, detail: { ...rest, files } });
  });
}
