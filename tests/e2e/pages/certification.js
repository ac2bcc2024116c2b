/**
 * The doorstep certification as a volunteer fills it in, one function a page. A visit that certifies goes through all of
 * them; a spec that looks closer at one page calls the others.
 */

export const PHOTO_FACE = /给老人拍一张正面照/u;
export const PHOTO_TOGETHER = /志愿者和老人合一张影/u;
export const SIGN_RESIDENT = /请老人在这里签字/u;
export const SIGN_VOLUNTEER = /上门人员签字/u;

/** The phone number that the tests' visits find changed; nobody has it. */
export const NEW_PHONE = "15400000123";

/** Who came along. */
export const COMPANION = "同伴甲";

/** Page 2: the visit itself. */
export async function meet(visit) {
  await visit.on(/上门情况/u);
  await visit.write(/和谁一起去的/u, COMPANION);
  await visit.choose(/进门前有没有出示工作证/u, "是");
  await visit.choose(/见到本人了吗/u, "见到本人");
  await visit.next();
}

/** Page 3: consent to the visit and to photos. */
export async function consent(visit) {
  await visit.on(/征得同意/u);
  await visit.choose(/老人同意办理吗/u, "同意");
  await visit.choose(/同意拍照吗/u, "同意");
  await visit.next();
}

/** Page 4: the document, by the last four characters of its number. */
export async function identify(visit, last4) {
  await visit.on(/核实身份/u);
  await visit.pick(/老人拿出的是哪种证件/u, "居民身份证");
  await visit.write(/证件号最后四位/u, last4);
  await visit.next();
}

/** Page 5: everything as registered, but for the phone. */
export async function compare(visit, newPhone = NEW_PHONE) {
  await visit.on(/逐项核对登记信息/u);
  for (const label of [/^姓名/u, /^出生日期/u, /^现在住址/u, /^领取的待遇/u, /^紧急联系人/u]) await visit.choose(label, "一致");
  await visit.choose(/^电话/u, "有变化");
  await visit.write(/新的电话/u, newPhone);
  await visit.next();
}

/** Page 6: how the person is. */
export async function condition(visit) {
  await visit.on(/老人近况/u);
  await visit.choose(/生活能不能自理/u, "能自理");
  await visit.choose(/和谁一起住/u, "独居");
  await visit.choose(/老人有什么需要/u, "没有需要");
  await visit.choose(/有没有家属或代办人在场/u, "没有");
  await visit.next();
}

/** Everything before the photos. */
export async function untilPhotos(visit, last4, newPhone = NEW_PHONE) {
  await visit.on(/今天上门的是谁/u);
  await visit.next();
  await meet(visit);
  await consent(visit);
  await identify(visit, last4);
  await compare(visit, newPhone);
  await condition(visit);
  await visit.on(/取证/u);
  await visit.choose(/老人怎么做的/u, "念对了");
}

/** Everything before the signatures. */
export async function untilSigning(visit, last4, newPhone = NEW_PHONE) {
  await untilPhotos(visit, last4, newPhone);
  await visit.shoot(PHOTO_FACE);
  await visit.next();
  await visit.on(/签字/u);
}

/** Page 8: who signs, and both signatures. */
export async function signatures(visit) {
  await visit.on(/签字/u);
  await visit.choose(/老人怎么签/u, "本人签字");
  await visit.sign(SIGN_RESIDENT);
  await visit.sign(SIGN_VOLUNTEER);
  await visit.next();
}

/** The last page. */
export async function wrapUp(visit) {
  await visit.on(/收尾/u);
  await visit.page.getByText(/认证完成。下次认证不晚于/u).waitFor();
  await visit.choose(/留下大字温馨提示卡了吗/u, "是");
  await visit.choose(/下次打算怎么认证/u, "老人自己用手机");
  await visit.next();
}

/** Fills in the whole visit up to the summary, its photo taken inside the page. */
export async function certify(visit, last4, newPhone = NEW_PHONE) {
  await untilSigning(visit, last4, newPhone);
  await signatures(visit);
  await wrapUp(visit);
}

/** Returns a task of this person for a certification, nearest due first; `skip` leaves some to other tests. */
export async function certificationTask(volunteer, skip = 0) {
  const { items } = await volunteer.json("/tasks?limit=200");
  const task = items.filter((it) => it.form_id === "doorstep_certification" && it.id_masked !== "")[skip];
  if (!task) throw new Error("the demo has no certification for this volunteer");
  return { ...task, last4: task.id_masked.slice(-4) };
}
