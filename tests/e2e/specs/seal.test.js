/**
 * A phone enrols its key at log-in and seals visits with no network; the chain holds through reloads and a clock that
 * jumps; the desk sees whose phone it was, when, and takes the evidence away as a file. Where there is no WebCrypto the
 * phone says so before any work is done.
 */
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { look } from "../fixture/look.js";
import { Desk, DeskSignIn } from "../pages/desk.js";
import { InboxPage, LockPage, OutboxPage, SignInPage, reopen } from "../pages/phone.js";

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const TWO_YEARS_MS = 730 * 86_400_000;

journey("a phone seals what it finished", (step) => {
  let community;
  let browser;
  let phone;
  let supervisor;
  let volunteer;
  let tasks;
  let inbox;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    supervisor = await community.signIn("supervisor");
    volunteer = await community.signIn("v01");
    const { items } = await volunteer.json("/tasks?limit=200");
    tasks = items.filter((it) => it.form_id === "doorstep_certification").slice(0, 4);
    phone = await browser.phone(community.url);
    inbox = new InboxPage(phone.page);
  });
  after(async () => {
    await phone?.close();
    await browser?.close();
    await community?.close();
  });

  step("enrols its key at log-in, which cannot leave the browser", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    await inbox.ready.waitFor();
    const [device, ...others] = await supervisor.json("/desk/devices");
    assert.equal(others.length, 0);
    const key = await ownKey(phone.page);
    assert.equal(device.key_id, key.key_id);
    assert.deepEqual([key.extractable, device.n_sealed, device.revoked_at], [false, 0, null]);
  });

  step("seals three visits with no network, the page loaded anew in between", async () => {
    await phone.context.setOffline(true);
    for (const task of tasks.slice(0, 3)) {
      await finishAbsent(phone.page, inbox, task);
      await reopen(phone.page);
      await phone.page.goto("/#/");
    }
    const seals = await outgoingSeals(phone.page, await volunteer.json("/session"));
    assert.deepEqual(seals.map((it) => it.counter), [1, 2, 3]);
    assert.deepEqual(seals.map((it) => it.previous), ["", seals[0].digest, seals[1].digest]);
    const { public_key } = await ownKey(phone.page);
    const key = await webcrypto.subtle.importKey("raw", Buffer.from(public_key, "hex"), ECDSA, false, ["verify"]);
    for (const seal of seals) {
      const signature = Buffer.from(seal.signature, "hex");
      assert.ok(await webcrypto.subtle.verify(ECDSA, key, signature, Buffer.from(canonical(seal))), seal.instance_id);
      assert.ok(seal.clock, "the clock is known from the log-in");
    }
  });

  step("delivers them unflagged, in a chain without gaps", async () => {
    await phone.context.setOffline(false);
    const outbox = await inbox.openOutbox();
    for (const task of tasks.slice(0, 3)) await outbox.state(task.label, "服务器已收到").waitFor();
    const { items } = await supervisor.json("/desk/submissions");
    assert.equal(items.length, 3);
    for (const row of items) {
      assert.equal(row.n_flags, 0, row.flags.join(" "));
      const { seal, clock } = await supervisor.json(`/desk/submissions/${row.id}`);
      assert.deepEqual([seal.verified, seal.signed], [true, true]);
      assert.ok(Math.abs(clock.corrected_at - clock.claimed_at) < 60_000);
    }
    assert.equal((await supervisor.json("/desk/devices"))[0].n_sealed, 3);
  });

  step("says kindly that its clock is two years off, and the server puts the visit right", async () => {
    await phone.page.clock.install({ time: Date.now() - TWO_YEARS_MS });
    await reopen(phone.page, "/");
    await inbox.refresh();
    await phone.page.getByText(/手机时间不对：比标准时间慢了2年/u).waitFor();
    await look(phone.page, "phone-clock-wrong");
    const before = Date.now();
    await finishAbsent(phone.page, inbox, tasks[3]);
    const outbox = new OutboxPage(phone.page);
    await outbox.state(tasks[3].label, "服务器已收到").waitFor();
    const [row] = (await supervisor.json("/desk/submissions")).items;
    assert.deepEqual(row.flags, ["visit.clock_behind"]);
    assert.ok(row.visited_at >= before - 60_000 && row.visited_at <= Date.now(), "the day of the visit is today");
    const { clock } = await supervisor.json(`/desk/submissions/${row.id}`);
    assert.ok(clock.corrected_at - clock.claimed_at > TWO_YEARS_MS - 60_000);
    assert.ok(clock.earliest_at <= clock.corrected_at && clock.corrected_at <= clock.latest_at);
  });

  step("the desk shows seal, phone and corrected time, and revokes the phone", async () => {
    const desk = await browser.desk(community.url);
    const signIn = new DeskSignIn(desk.page);
    await signIn.open();
    await signIn.signIn("supervisor", community.logins.get("supervisor"));
    const [row] = (await supervisor.json("/desk/submissions")).items;
    await desk.page.goto(`/desk#/submissions/${row.id}`);
    const panel = desk.page.getByRole("region", { name: "封签和时间" });
    await panel.getByText("完好，有手机签名").waitFor();
    await panel.getByText("校正后").waitFor();
    const download = desk.page.waitForEvent("download");
    await panel.getByRole("link", { name: "下载整份凭证" }).click();
    assert.equal((await download).suggestedFilename(), `${row.receipt_number}.zip`);
    await look(desk.page, "desk-seal");
    await new Desk(desk.page).go("手机");
    await desk.page.getByRole("cell", { name: /Android|Linux|Chrome/u }).waitFor();
    await look(desk.page, "desk-devices");
    await desk.page.getByRole("button", { name: /^停用.+的手机$/u }).click();
    await desk.page.getByRole("dialog").getByRole("button", { name: "停用", exact: true }).click();
    await desk.page.getByText("已停用").waitFor();
    assert.notEqual((await supervisor.json("/desk/devices"))[0].revoked_at, null);
    await desk.close();
  });

  step("a browser without WebCrypto says so before any work is done", async () => {
    const old = await browser.phone(community.url);
    await old.context.addInitScript(() => Object.defineProperty(Crypto.prototype, "subtle", { value: undefined }));
    const signIn = new SignInPage(old.page);
    await signIn.open();
    await signIn.signIn("v02", community.logins.get("v02"));
    await signIn.refusal.getByText(/https/u).waitFor();
    await look(old.page, "phone-insecure");
    assert.equal((await supervisor.json("/desk/devices")).length, 1);
    await old.close();
  });
});

/** Does a visit where nobody opened, from the task to the queue. */
async function finishAbsent(page, inbox, task) {
  const visit = await inbox.begin(task.label);
  await visit.on(/今天上门的是谁/u);
  await visit.next();
  await visit.on(/上门情况/u);
  await visit.write(/和谁一起去的/u, "同伴甲");
  await visit.choose(/进门前有没有出示工作证/u, "是");
  await visit.choose(/见到本人了吗/u, "没人在家");
  await visit.next();
  await visit.on(/没见到人/u);
  await visit.choose(/什么情况/u, "敲门没人应");
  await visit.choose(/问过邻居或楼长吗/u, "是");
  await visit.choose(/留下联系纸条了吗/u, "是");
  await visit.next();
  await visit.on(/收尾/u);
  const today = await page.evaluate(() => Date.now());
  const inAWeek = new Date(today + 7 * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10);
  await page.getByLabel(/下次什么时候再来/u).fill(inAWeek);
  await visit.next();
  await visit.on("检查一遍");
  await visit.finish.tap();
  await new OutboxPage(page).item(task.label).waitFor();
}

/** Reads the phone's own key as the page itself would. */
function ownKey(page) {
  return onDatabase(page, async (all) => {
    const [key] = await all("device", "key");
    return { key_id: key.key_id, public_key: key.public_key, extractable: key.private_key.extractable };
  });
}

/** Reads the seals of what is on its way, with the secret that the server tells a session. */
async function outgoingSeals(page, { sending_secret }) {
  const seals = await onDatabase(page, async (all, secret) => {
    const aes = (bytes) => crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["decrypt"]);
    const [lock] = await all("lock", "lock");
    const { iv, wrapped } = lock.finished.byServer;
    const told = await aes(Uint8Array.from(secret.match(/../g), (pair) => Number.parseInt(pair, 16)));
    const key = await aes(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, told, wrapped));
    const opened = (await all("outbox")).map(async ({ id, iv, sealed }) => {
      const additionalData = new TextEncoder().encode(`outbox/${JSON.stringify(id)}`);
      const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, sealed);
      const length = new DataView(bytes).getUint32(0);
      return JSON.parse(new TextDecoder().decode(bytes.slice(4, 4 + length))).value.seal;
    });
    return Promise.all(opened);
  }, sending_secret);
  return seals.sort((a, b) => a.counter - b.counter);
}

/**
 * Runs a function in the page that gets what the account's database holds: all of a store, or what lies under a key; and a
 * text.
 */
function onDatabase(page, work, text = "") {
  return page.evaluate(`(async () => {
    const [{ name }] = (await indexedDB.databases()).filter((it) => /^doorstep-[0-9a-f]{8}/u.test(it.name ?? ""));
    const answer = (asked) => new Promise((resolve, reject) => {
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    const db = await answer(indexedDB.open(name));
    const result = await (${work})((store, key) => answer(db.transaction(store).objectStore(store).getAll(key)), ${JSON.stringify(text)});
    db.close();
    return result;
  })()`);
}

/** The bytes of a seal as its page tells them. */
function canonical(seal) {
  const counted = (text) => `${Buffer.byteLength(text)} ${text}`;
  const { basis, least_ms, likely_ms, most_ms } = seal.clock;
  const files = seal.attachments.map(([name, sha256, size]) => `attachment ${sha256} ${size} ${counted(name)}\n`);
  return [
    "doorstep-seal 2\n",
    `instance ${counted(seal.instance_id)}\n`,
    `submission ${seal.xml_sha256}\n`,
    ...files,
    `notes ${seal.notes_sha256}\n`,
    `key ${seal.key_id}\n`,
    `time ${seal.device_time_ms}\n`,
    `clock ${basis} ${least_ms} ${likely_ms} ${most_ms}\n`,
    `counter ${seal.counter}\n`,
    `previous ${seal.previous || "-"}\n`,
  ].join("");
}
