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
