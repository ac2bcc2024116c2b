/** The supervisor's desk as a supervisor sees it: by the words on the screen. */

export class DeskSignIn {
  constructor(page) {
    this.page = page;
    this.refusal = page.getByRole("alert");
  }

  async open() {
    await this.page.goto("/desk");
    await this.page.getByRole("heading", { name: "登录督导台" }).waitFor();
  }

  async signIn(username, password) {
    await this.page.getByLabel("用户名").fill(username);
    await this.page.getByLabel("密码").fill(password);
    await this.page.getByRole("button", { name: "登录", exact: true }).click();
  }
}

/** The head of every screen. */
export class Desk {
  constructor(page) {
    this.page = page;
  }

  /** Goes to a screen by its name in the head: 复核, 总览, 居民, 表单, 导出. */
  async go(name) {
    await this.page.getByRole("navigation", { name: "主要页面" }).getByRole("link", { name, exact: true }).click();
  }
}

/** The submissions that wait, or those of another state. */
export class QueuePage {
  constructor(page) {
    this.page = page;
    this.table = page.getByRole("table", { name: "提交的上门记录" });
  }

  row(label) {
    return this.table.getByRole("row").filter({ has: this.page.getByRole("link", { name: label, exact: true }) });
  }

  async open(label) {
    await this.row(label).getByRole("link", { name: label, exact: true }).click();
    return new SubmissionPage(this.page);
  }
}

/** One submission beside the register. */
export class SubmissionPage {
  constructor(page) {
    this.page = page;
    this.answers = page.getByRole("region", { name: "核对" });
    this.evidence = page.getByRole("region", { name: /^照片和签字/u });
    this.history = page.getByRole("region", { name: "经过" });
    this.reason = page.getByLabel("退回原因（志愿者会看到）");
    this.viewer = page.getByRole("dialog", { name: "看照片" });
  }

  async on(label) {
    await this.page.getByRole("heading", { level: 1, name: label }).waitFor();
  }

  /** The row of a question. */
  answer(question) {
    return this.answers.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name: question }) });
  }

  async press(key) {
    await this.page.keyboard.press(key);
  }
}

/** Numbers by grid. */
export class DashboardPage {
  constructor(page) {
    this.page = page;
    this.grids = page.getByRole("table", { name: "各网格认证情况" });
  }

  /** Returns how many are certified in a grid. */
  async certified(grid) {
    const row = this.grids.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name: grid, exact: true }) });
    return Number((await row.getByRole("cell").nth(1).innerText()).replaceAll(",", ""));
  }
}

/** Chooses a file by a button of these words. */
export async function chooseFile(page, button, file) {
  await page.getByLabel(button).setInputFiles(file);
}

/** Returns the cells of a table as texts, row by row, without its head. */
export async function cellsOf(table) {
  const rows = await table.locator("tbody tr").all();
  return Promise.all(rows.map((row) => row.locator("th, td").allInnerTexts()));
}

/** The forms: a workbook that is tried, and the versions of one form. */
export class FormsPage {
  constructor(page) {
    this.page = page;
    this.phone = page.getByRole("region", { name: "手机上的样子" });
    this.screen = this.phone.getByRole("group", { name: "手机上的样子" });
    this.result = page.getByRole("region", { name: "试填的结果" });
    this.comparison = page.getByRole("region", { name: /^和正在使用的版本 \S+ 比较$/u });
    this.publish = page.getByRole("button", { name: "发布这个版本" });
  }

  /** Drops a workbook, and waits until it was tried. */
  async drop(file) {
    await this.page.getByLabel("选择文件").setInputFiles(file);
    await this.page.getByRole("heading", { name: /^(有错误，不能发布|可以发布，还没有发布|没有错误)$/u }).waitFor();
  }

  /** Returns what is told of one severity: sheet, row, column and text. */
  async problems(severity) {
    return cellsOf(this.page.getByRole("table", { name: new RegExp(`^${severity}`, "u") }));
  }

  /** Turns to the next page of the form on trial. */
  async next() {
    await this.screen.getByRole("button", { name: "下一步", exact: true }).click();
  }

  async on(title) {
    await this.screen.getByRole("heading", { name: title }).waitFor();
  }

  async choose(label, choice) {
    await this.screen.getByRole("group", { name: label }).getByText(choice, { exact: true }).click();
  }

  /** Publishes what was tried, with a note. */
  async publishWith(note) {
    await this.publish.click();
    const dialog = this.page.getByRole("dialog", { name: /^发布/u });
    await dialog.getByLabel(/^说明/u).fill(note);
    return dialog;
  }

  /** Opens the versions of a form. */
  async open(title) {
    await this.page.getByRole("table", { name: /^已发布的表单/u }).getByRole("link", { name: title }).click();
    await this.page.getByRole("heading", { level: 1, name: title }).waitFor();
  }

  version(version) {
    return this.page.getByRole("table", { name: /^各个版本/u }).getByRole("row").filter({
      has: this.page.getByRole("rowheader", { name: new RegExp(`^${version}`, "u") }),
    });
  }
}

/** The packs: one that is tried, and those that were in force. */
export class PacksPage {
  constructor(page) {
    this.page = page;
    this.changes = page.getByRole("region", { name: "和现在有什么不同" });
    this.publish = page.getByRole("button", { name: "发布这个任务包" });
    this.packs = page.getByRole("table", { name: /^发布过的任务包/u });
    this.events = page.getByRole("region", { name: "什么时候换的" });
  }

  /** Drops a pack, and waits until it was checked. */
  async drop(file) {
    await this.page.getByLabel("选择文件").setInputFiles(file);
    await this.page.getByRole("heading", { name: /^(有错误，不能发布|检查过了，还没有发布)$/u }).waitFor();
  }

  /** Returns what is told: severity, sheet, row, column and text. */
  async problems() {
    return cellsOf(this.page.getByRole("table", { name: /^任务包里的问题/u }));
  }

  /** Returns the rows that differ: change, sheet, row and cells. */
  async rows() {
    return cellsOf(this.changes.getByRole("table"));
  }

  /** The row of the pack that was published so many before the newest. */
  pack(nth) {
    return this.packs.locator("tbody").getByRole("row").nth(nth);
  }
}
