/** The unlock code of the phone's data: choosing it, opening with it, closing again. */
import { codeOwed, locked, onPhone } from "./account";
import { afterWrong, BEFORE_ERASING, waitLeftMs, type Consequence } from "./vault/attempts";
import { forget, keep } from "./vault/keeper";
import { keysOf, openByCode, underCode, type Lock } from "./vault/keys";

/** Hidden for longer than this, the app asks for the code again. */
const LEFT_ALONE_MS = 15 * 60_000;

/** Opens the locked data; returns what follows from a wrong code, `null` from the right one. */
export async function unlock(code: string): Promise<Consequence | null> {
  const on = locked.value;
  if (!on) return null;
  let ms = 0;
  // Counted before it is looked at, and together with what other windows count: who ends the page at the right moment, or
  // opens many, gains nothing.
  const counted = await on.store.changeLock((lock) => {
    ms = waitLeftMs(lock.not_before, Date.now());
    return ms > 0 ? lock : { ...lock, wrong: lock.wrong + 1 };
  });
  if (!counted) return null;
  if (ms > 0) {
    show(counted);
    return { kind: "wait", ms, left: BEFORE_ERASING - counted.wrong };
  }
  const people = await openByCode(counted, code);
  if (!people) return refuse(counted);
  await on.store.changeLock((lock) => ({ ...lock, wrong: 0, not_before: 0 }));
  onPhone.value = { account: on.account, store: on.store.with(await keysOf(counted, people)) };
  locked.value = null;
  keep(on.account.id, people);
  return null;
}

/** After too many wrong codes the code opens nothing any more: what is left needs the password, and a network. */
async function refuse(counted: Lock): Promise<Consequence> {
  const store = locked.value?.store;
  const consequence = afterWrong(counted.wrong);
  const isErased = consequence.kind === "erase";
  const not_before = Date.now() + (consequence.kind === "wait" ? consequence.ms : 0);
  const lock = await store?.changeLock((it) => ({
    ...it,
    not_before: Math.max(not_before, it.not_before),
    code: isErased ? null : it.code,
  }));
  if (isErased) await store?.forgetPeople();
  if (lock) show(lock);
  return consequence;
}

function show(lock: Lock): void {
  if (locked.value) locked.value = { ...locked.value, lock };
}

/** Puts the data of the account on this phone under an unlock code. */
export async function chooseCode(code: string): Promise<void> {
  const [on, people] = [onPhone.value, codeOwed.value];
  if (!on || !people) return;
  const known = await on.store.readLock();
  const wrapped = known && (await underCode(known, people, code));
  if (wrapped) await on.store.changeLock((lock) => ({ ...lock, code: wrapped, wrong: 0, not_before: 0 }));
  codeOwed.value = null;
}

/** Closes the data again; what is finished goes on being sent. */
export async function lockPhone(): Promise<void> {
  const on = onPhone.value;
  const lock = await on?.store.readLock();
  if (!on || !lock?.code) return;
  forget();
  locked.value = { account: on.account, store: on.store.withoutPeople(), lock };
  onPhone.value = null;
}

/** Keeps the open key where a reload finds it, and closes the data of a phone that was left alone. */
export function watchOver(onLocked: () => void): void {
  let hiddenAt = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") hiddenAt = Date.now();
    else if (Date.now() - hiddenAt > LEFT_ALONE_MS) void lockPhone().then(onLocked);
  });
}
