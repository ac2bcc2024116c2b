/**
 * Photos over a line of a stairwell: 100 kbit/s, 600 ms there and back, 5 % loss, and cut several times. A visit with four
 * photos gets through while a person watches, also when the page is loaded anew in the middle; what arrived is never sent
 * again, nor is a photo that the server has; and photos wait for Wi-Fi where a person wants that.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { openCommunity } from "../fixture/community.js";
import { journey } from "../fixture/journey.js";
import { CLEAR, openLine, STAIRWELL } from "../fixture/line.js";
import { look } from "../fixture/look.js";
import { workbookFile } from "../fixture/workbook.js";
import { InboxPage, LockPage, OutboxPage, SignInPage, VisitPage, reopen } from "../pages/phone.js";

const PLACES = ["照片一", "照片二", "照片三", "照片四"];

/** In the place of a form that a volunteer may begin: a place and four photos. */
const FORM = {
  survey: [
    ["type", "name", "label", "required", "parameters", "appearance"],
    ["begin_group", "round", "巡查", "", "", "field-list"],
    ["text", "place", "在哪里", "yes", "", ""],
    ...PLACES.map((label, at) => ["image", `photo_${at + 1}`, label, "", "max-pixels=1280", ""]),
    ["end_group", "round", "", "", "", ""],
  ],
  settings: [["form_title", "form_id", "version", "instance_name"], ["巡查四张照片", "duty_log", "2999010101", "${place}"]],
};

/** Everything that goes up may be this much more than the photos are. */
const MOST_OVERHEAD = 1.5;
/** A visit whose photo is known: record, seal and what HTTP adds. */
const MOST_WITHOUT_PHOTO = 9_000;

journey("photos on a bad line", (step) => {
  let community;
  let browser;
  let line;
  let phone;
  let photos;
  let inbox;
  let outbox;

  before(async () => {
    community = await openCommunity();
    browser = await openBrowser();
    const supervisor = await community.signIn("supervisor");
    await supervisor.upload("/desk/forms", await workbookFile("duty_log.xlsx", FORM));
    const darkroom = await browser.darkroom();
    photos = await Promise.all(PLACES.map((_, at) => smallPhoto(darkroom, at)));
    line = await openLine(community.url);
    phone = await browser.phone(line.url);
    await phone.context.addInitScript(fakeConnection);
    outbox = new OutboxPage(phone.page);
  });
  after(async () => {
    await phone?.close();
    await line?.close();
    await browser?.close();
    await community?.close();
  });

  /** Fills in the form and finishes it. */
  async function visit(place, pictures) {
    await phone.page.getByRole("navigation", { name: "主菜单" }).getByRole("link", { name: "任务" }).tap();
    await phone.page.getByRole("button", { name: "巡查四张照片" }).tap();
    const visit = new VisitPage(phone.page);
    await visit.write("在哪里", place);
    for (const [at, picture] of pictures.entries()) await visit.takePicture(PLACES[at], picture);
    await visit.next();
    await visit.on("检查一遍");
    await visit.finish.tap();
  }

  /** Returns what the server has of the newest visit: name, size and SHA-256 of its photos. */
  async function received(place) {
    const supervisor = await community.signIn("supervisor");
    const { items } = await supervisor.json("/desk/submissions");
    const row = items.find((it) => it.instance_name === place);
    assert.ok(row, `${place} is not there`);
    const detail = await supervisor.json(`/desk/submissions/${row.id}`);
    for (const it of detail.attachments) {
      const bytes = await supervisor.bytes(`/desk/submissions/${row.id}/attachments/${it.name}`);
      assert.equal(createHash("sha256").update(bytes).digest("hex"), it.sha256);
    }
    return detail.attachments;
  }

  step("finishes a visit with four photos where there is no network", async () => {
    const signIn = new SignInPage(phone.page);
    await signIn.open();
    await signIn.signIn("v01", community.logins.get("v01"));
    await new LockPage(phone.page).choose();
    inbox = new InboxPage(phone.page);
    await inbox.ready.waitFor();
    await phone.context.setOffline(true);
    await visit("一单元楼道", photos);
    await outbox.state("一单元楼道", /等待发送/u).waitFor();
  });

  step("sends it on a bad line, and shows which photo of how many", async () => {
    line.become({ ...STAIRWELL, cutAfter: 70_000 });
    line.bytesUp = 0;
    await phone.context.setOffline(false);
    const item = outbox.item("一单元楼道");
    await item.getByText("正在发第 1 张照片，共 4 张").waitFor();
    const first = await shown(item);
    await item.getByText("正在发第 2 张照片，共 4 张").waitFor();
    await item.getByText(/大约还要 \d+ (秒|分钟)/u).waitFor();
    const second = await shown(item);
    assert.ok(second > first, `${first} % and then ${second} %`);
    await look(phone.page, "phone-outbox-sending");
  });

  step("goes on where it was when the page is loaded anew", async () => {
    const before = line.bytesUp;
    await reopen(phone.page);
    const item = outbox.item("一单元楼道");
    await item.getByText(/正在发第 [234] 张照片，共 4 张/u).waitFor();
    assert.ok(line.bytesUp > before);
    await outbox.state("一单元楼道", "服务器已收到").waitFor({ timeout: 60_000 });
  });

  step("was cut off several times, and sent little more than the photos", async () => {
    const files = await received("一单元楼道");
    assert.equal(files.length, PLACES.length);
    const size = files.reduce((sum, it) => sum + it.size_bytes, 0);
    const told = `${line.bytesUp} bytes up for ${size} bytes of photos, ${line.cuts} cuts, ${line.lost} segments lost`;
    assert.ok(files.every((it) => it.size_bytes > 16 * 1024), files.map((it) => it.size_bytes).join(" "));
    assert.ok(line.cuts >= 3 && line.lost >= 3, told);
    assert.ok(line.bytesUp < MOST_OVERHEAD * size, told);
    console.log(`# ${told}`);
  });

  step("waits for Wi-Fi where the person wants that", async () => {
    line.become(CLEAR);
    await phone.page.getByRole("navigation", { name: "主菜单" }).getByRole("link", { name: "我的" }).tap();
    await phone.page.getByText("只用 Wi-Fi 发", { exact: true }).tap();
    await phone.page.getByText(/这部手机分不清 Wi-Fi 和流量/u).waitFor();
    await phone.page.evaluate(() => globalThis.doorstepTestConnection("cellular"));
    await phone.page.getByText(/有照片的入户会等到连上 Wi-Fi/u).waitFor();
    await look(phone.page, "phone-photos-wifi");
    await visit("二单元楼道", photos.slice(0, 1));
    await outbox.state("二单元楼道", "等 Wi-Fi，连上自动发").waitFor();
    await look(phone.page, "phone-outbox-wifi");
  });

  step("sends it on mobile data when told to, without the photo that the server has", async () => {
    line.bytesUp = 0;
    await outbox.item("二单元楼道").getByRole("button", { name: /^用流量现在发/u }).tap();
    await outbox.state("二单元楼道", "服务器已收到").waitFor();
    assert.ok(line.bytesUp < MOST_WITHOUT_PHOTO, `${line.bytesUp} bytes up`);
    const [file] = await received("二单元楼道");
    assert.ok(file.size_bytes > MOST_WITHOUT_PHOTO);
    assert.equal(file.sha256, (await received("一单元楼道")).find((it) => it.question === PLACES[0]).sha256);
  });

  step("sends by itself what waited, once there is Wi-Fi", async () => {
    await visit("三单元楼道", photos.slice(1, 2));
    await outbox.state("三单元楼道", "等 Wi-Fi，连上自动发").waitFor();
    await phone.page.evaluate(() => globalThis.doorstepTestConnection("wifi"));
    await outbox.state("三单元楼道", "服务器已收到").waitFor();
  });
});

/** Returns how far a visit is by its bar, in percent. */
async function shown(item) {
  return Number(await item.getByRole("progressbar").getAttribute("value"));
}

/** A desktop's browser does not tell what its network is; this one says what it is told. */
function fakeConnection() {
  const connection = new EventTarget();
  globalThis.doorstepTestConnection = (type) => {
    connection.type = type;
    connection.dispatchEvent(new Event("change"));
  };
  Object.defineProperty(navigator, "connection", { value: connection });
}

/** Returns a photo of some tens of kilobytes; each number gives another one. */
async function smallPhoto(page, number) {
  const base64 = await page.evaluate(async (number) => {
    const canvas = new OffscreenCanvas(800, 600);
    const context = canvas.getContext("2d");
    let seed = 20261122 + 7919 * number;
    const draw = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 24;
    // Fields of their own, or the phone finds two photos alike.
    for (let at = 0; at < 48; at += 1) {
      context.fillStyle = `hsl(${number * 80} 40% ${20 + (draw() * 60) / 256}%)`;
      context.fillRect((at % 8) * 100, Math.floor(at / 8) * 100, 100, 100);
    }
    const pixels = context.getImageData(0, 0, 800, 600);
    for (let i = 0; i < pixels.data.length; i += 4) {
      const grain = (draw() % 6) - 3;
      for (const channel of [0, 1, 2]) pixels.data[i + channel] += grain;
    }
    context.putImageData(pixels, 0, 0);
    context.fillStyle = "#202020";
    context.font = "bold 320px sans-serif";
    context.fillText(String(number + 1), 300, 420);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })).arrayBuffer());
    return btoa(String.fromCharCode(...bytes.subarray(0, 30_000))) + "|" + btoa(String.fromCharCode(...bytes.subarray(30_000)));
  }, number);
  return Buffer.concat(base64.split("|").map((it) => Buffer.from(it, "base64")));
}
