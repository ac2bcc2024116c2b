/** `<doorstep-form>` as a person fills it in: question by question, by what each shows. */
import { join } from "node:path";

import { HERE } from "../fixture/paths.js";
import { sign } from "./finger.js";

const PHOTO = join(HERE, "photos", "coffee.jpg");

/** Appearances of an upload that is drawn by a finger. */
const DRAWN = ["signature", "draw", "annotate"];

/** Longer texts are put in at once: as a keyboard's own suggestions are. */
const TYPED = 8;

export class FormPage {
  constructor(page) {
    this.page = page;
    this.questions = page.locator("[data-question]");
    this.next = page.getByRole("button", { name: "下一步", exact: true });
    this.finish = page.getByRole("button", { name: "完成", exact: true });
    this.done = page.getByText("填好了");
  }

  /** Returns which page is shown, from 0. */
  async at() {
    const progress = await this.page.locator(".progress").allTextContents();
    return progress.length === 0 ? 0 : Number(/第 (\d+) 步/u.exec(progress[0])[1]) - 1;
  }

  /** Returns the names of the questions on the screen, in their order. */
  names() {
    return this.questions.evaluateAll((all) => all.map((it) => it.dataset.question));
  }

  /** Answers the question at a place of the page as its control asks for it; `label` is what a chosen answer reads. */
  async answer(place, node, value, label) {
    const frame = this.questions.nth(place);
    const { question, appearance } = node;
    switch (question.control) {
      case "select_one":
        return (await this.#isList(frame)) ? this.#tick(frame, question, [value]) : this.#pick(frame, label);
      case "select_multiple":
        return this.#tick(frame, question, value.split(" "));
      case "rank":
        return frame.getByRole("button", { name: "就按这个顺序" }).tap();
      case "trigger":
        return frame.getByText("确认", { exact: true }).tap();
      case "range":
        return frame.getByRole("button", { name: "增加" }).tap();
      case "upload":
        return appearance.some((it) => DRAWN.includes(it)) ? sign(this.page, frame.locator("canvas[role=img]")) : this.#hand(frame, node);
      default:
        return question.data_type === "geopoint" ? frame.getByRole("button", { name: "记下位置" }).tap() : this.#write(frame, question, value);
    }
  }

  /** Adds the first instance of a repeat. */
  async add(label) {
    await this.page.getByRole("button", { name: `添加一项：${label}`, exact: true }).tap();
  }

  async #isList(frame) {
    return (await frame.getByRole("radio").count()) > 0;
  }

  /** Touches the listed answers. */
  async #tick(frame, question, values) {
    for (const value of values) {
      const at = question.choices.findIndex((it) => it.value === value);
      await frame.locator("label.choice").nth(at).tap();
    }
  }

  /** Searches an answer by its first letters and touches it. */
  async #pick(frame, label) {
    const field = frame.getByRole("combobox");
    await field.tap();
    await field.fill(label.slice(0, 3));
    await frame.getByRole("option", { name: label, exact: true }).first().tap();
  }

  async #write(frame, question, value) {
    const field = frame.locator("input, textarea");
    await field.tap();
    if (["date", "time", "date_time"].includes(question.data_type)) await field.fill(dialled(question.data_type, value));
    else if (value.length <= TYPED) await field.pressSequentially(value);
    else await field.fill(value);
    await field.blur();
  }

  /** Hands over a file: a photograph where one is asked for, else one of the kind that is. */
  async #hand(frame, { question }) {
    const isPicture = question.media_type.startsWith("image/");
    const button = frame.getByRole("button", { name: isPicture ? /^(拍照|从相册选)$/u : "选文件" }).last();
    const [chooser] = await Promise.all([this.page.waitForEvent("filechooser"), button.tap()]);
    const [kind] = question.media_type.split("/");
    await chooser.setFiles(isPicture ? PHOTO : { name: `${kind}.bin`, mimeType: `${kind}/mpeg`, buffer: Buffer.alloc(2_000, kind) });
  }
}

/** Returns a date or time as the browser's own picker gives it. */
function dialled(type, value) {
  if (type === "time") return value.slice(0, 5);
  return type === "date" ? value : value.slice(0, 16);
}
