/** The volunteer's app as a volunteer sees it: by the words on the screen. */
import { sign } from "./finger.js";

/** What the people of the tests choose. */
export const CODE = "284613";

/** Signing in. */
export class SignInPage {
  constructor(page) {
    this.page = page;
    this.username = page.getByLabel("用户名");
    this.password = page.getByLabel("密码");
    this.refusal = page.getByRole("alert");
  }

  async open() {
    await this.page.goto("/");
    await this.username.waitFor();
  }

  async signIn(username, password) {
    await this.username.fill(username);
    await this.password.fill(password);
    await this.page.getByRole("button", { name: "登录", exact: true }).tap();
  }
}

/** The unlock code of the data on the phone. */
export class LockPage {
  constructor(page) {
    this.page = page;
    this.title = page.getByRole("heading", { level: 1, name: "请输入解锁码" });
    this.code = page.getByLabel("解锁码（6 位数字）");
    this.refusal = page.getByRole("alert");
  }

  /** After the first sign-in on a phone. */
  async choose(code = CODE) {
    await this.code.fill(code);
    await this.page.getByLabel("再输一遍").fill(code);
    await this.page.getByRole("button", { name: "设好了" }).tap();
  }

  async unlock(code = CODE) {
    await this.title.waitFor();
    await this.code.fill(code);
    await this.page.getByRole("button", { name: "打开", exact: true }).tap();
    // Looked at: the field is empty again, or gone.
    await this.page.waitForFunction((code) => document.querySelector(".unlock input")?.value !== code, code);
  }

  /** After a new start: a service worker that lives still has the key; where none does, the code is asked for. */
  async unlockIfAsked() {
    const opened = [
      this.page.getByRole("navigation", { name: "主菜单" }),
      this.page.getByRole("button", { name: /^(下一步|完成入户)$/u }),
      this.page.getByText(/正在另一个窗口里填写/u),
    ];
    await opened.reduce((either, it) => either.or(it), this.title).first().waitFor();
    if (await this.title.isVisible()) await this.unlock();
  }
}

/** Loads the app anew, at an address or where it is, and gives the code if it is asked for. */
export async function reopen(page, path) {
  await (path === undefined ? page.reload() : page.goto(path));
  await new LockPage(page).unlockIfAsked();
}

/** The tasks. */
export class InboxPage {
  constructor(page) {
    this.page = page;
    this.ready = page.getByRole("region", { name: "离线准备" }).getByText(/没有网络也能用/u);
    this.search = page.getByRole("searchbox", { name: /^查找/u });
    this.returned = page.getByRole("region", { name: "退回，请重做" });
  }

  /** The card of somebody's task; one person may have several kinds. */
  card(label, type = "上门认证") {
    return this.page.getByRole("article", { name: label }).filter({ hasText: type });
  }

  async begin(label) {
    await this.card(label).getByRole("button", { name: /开始入户|继续填写/u }).tap();
    return new VisitPage(this.page);
  }

  /** Begins a record that belongs to no task. */
  async record(title) {
    await this.page.getByRole("region", { name: /^新记录/u }).getByRole("button", { name: title }).tap();
  }

  async openOutbox() {
    await this.page.getByRole("navigation", { name: "主菜单" }).getByRole("link", { name: /^发送/u }).tap();
    return new OutboxPage(this.page);
  }

  /** Fetches the tasks anew, with forms and lists; returns when all of it is on the phone. */
  async refresh() {
    const offer = this.page.getByRole("button", { name: "更新任务" });
    await offer.waitFor();
    const asked = this.page.waitForRequest(/\/api\/v1\/tasks\?/u);
    await offer.tap();
    await asked;
    await offer.waitFor();
  }
}

/** A visit being filled in, one page at a time. */
export class VisitPage {
  constructor(page) {
    this.page = page;
    this.heading = page.getByRole("heading", { level: 1 });
    this.finish = page.getByRole("button", { name: "完成入户" });
    this.cameraLost = page.getByText(/拍照时页面被手机关掉了/u);
  }

  /** Waits for the page whose title contains this. */
  async on(title) {
    await this.page.getByRole("heading", { level: 1, name: title }).waitFor();
  }

  async next() {
    await this.page.getByRole("button", { name: "下一步" }).tap();
  }

  /** Waits until all that was answered is on the phone's disk. */
  async saved() {
    await this.page.getByText("每填一项都已存在手机里").waitFor();
  }

  /** A question made of several controls. */
  group(label) {
    return this.page.getByRole("group", { name: label });
  }

  field(label) {
    return this.page.getByRole("textbox", { name: label });
  }

  /** Chooses one, or one more, of the listed answers. */
  async choose(label, choice) {
    const group = this.group(label);
    await group.getByText(choice, { exact: true }).tap();
    await group.getByRole("radio", { name: choice, exact: true, checked: true })
      .or(group.getByRole("checkbox", { name: choice, exact: true, checked: true }))
      .waitFor();
  }

  /** Chooses one of a list that opens on a touch. */
  async pick(label, choice) {
    const field = this.page.getByRole("combobox", { name: label });
    await field.tap();
    await this.page.getByRole("option", { name: choice, exact: true }).tap();
  }

  async write(label, text) {
    await this.field(label).fill(text);
    await this.field(label).blur();
  }

  /** Takes a picture inside the page. */
  async shoot(label) {
    await this.group(label).getByRole("button", { name: "在页面里拍" }).tap();
    const finder = this.page.getByRole("dialog", { name: "取景" });
    await finder.getByRole("button", { name: "拍下来" }).tap();
    await this.picture(label).waitFor();
  }

  /** Opens the phone's camera app, as far as the browser hands over to it. */
  async openCamera(label) {
    const chooser = this.page.waitForEvent("filechooser");
    await this.group(label).getByRole("button", { name: /^(拍照|重拍)$/u }).tap();
    return chooser;
  }

  /** Takes a picture by the phone's camera app, which hands over a file. */
  async takePicture(label, jpeg) {
    await (await this.openCamera(label)).setFiles({ name: "IMG_20261121_093000.jpg", mimeType: "image/jpeg", buffer: jpeg });
    await this.picture(label).waitFor();
  }

  /** The picture taken. */
  picture(label) {
    return this.group(label).getByRole("img", { name: /^已拍的照片/u });
  }

  /** The pad to sign on. */
  pad(label) {
    return this.group(label).locator("canvas[role=img]");
  }

  /** What is drawn on it; the pad itself shows only the line's tail. */
  ink(label) {
    return this.group(label).locator("canvas").first();
  }

  async sign(label) {
    await sign(this.page, this.pad(label));
    await this.group(label).getByText("已签名").waitFor();
  }
}

/** What was finished, and how far it has come. */
export class OutboxPage {
  constructor(page) {
    this.page = page;
  }

  item(label) {
    return this.page.getByRole("article", { name: label });
  }

  state(label, state) {
    return this.item(label).getByText(state);
  }
}
