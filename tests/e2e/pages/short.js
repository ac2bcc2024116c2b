/** The short form as a volunteer fills it in. */
import { TITLE } from "../fixture/short-form.js";
import { InboxPage, OutboxPage, VisitPage } from "./phone.js";

export const NUMBER = /^编号/u;
export const WORDS = /^经过/u;
export const PHOTO = /^现场照片/u;

/** Begins one from the page of tasks. */
export async function begin(page) {
  await new InboxPage(page).record(TITLE);
  const visit = new VisitPage(page);
  await visit.on("记下来");
  return visit;
}

/** Fills in one that was begun, and finishes it; with a photo where one is given. */
export async function complete(visit, number, photo = null) {
  await visit.write(NUMBER, number);
  await visit.next();
  await visit.on("拍下来");
  if (photo) await visit.takePicture(PHOTO, photo);
  await visit.next();
  await finish(visit, number);
}

/** From the summary to the queue. */
export async function finish(visit, number) {
  await visit.on("检查一遍");
  await visit.finish.tap();
  const outbox = new OutboxPage(visit.page);
  await outbox.item(number).waitFor();
  return outbox;
}
