/**
 * Sends finished visits by itself: when the app starts, when the network returns, when one is finished, and every 30 s
 * while the page is visible. One visit that fails never holds up those to other residents; see `order.ts`.
 */
import { shallowReactive } from "vue";

import { ApiError } from "@/api/client";
import type { Parcel } from "@/api/upload";
import { confirmSession, enrolOwnDevice, locked, onPhone, standing, type OnPhone } from "./account";
import { refreshBoard } from "./board";
import { alone } from "./hold";
import { nextToSend, upTo } from "./order";
import { afterEvent, isDue, isUnsent, type SendFailure, type Upload } from "./queue";
import { settleStored, type Attachment, type Outgoing, type Store } from "./store";
import { tidy } from "./tidy";
import type { Progress } from "./transfer";
import { isErased } from "./vault/keys";
import { isWifiOnly, link, wantsWifi, watchLink } from "./wifi";

const EVERY_MS = 30_000;
/** A pace is told once it was watched for this long. */
const SURE_AFTER_MS = 3_000;

/** Uploads under way by visit id: what the screen shows instead of the stored state. */
export const underWay = shallowReactive(new Map<string, Upload>());

let isDraining = false;
let again: ReturnType<typeof setTimeout> | undefined;
let isAskedAgain = false;

/** Starts sending by itself; returns a function that stops it. */
export function startSending(): () => void {
  const wake = () => {
    if (document.visibilityState === "visible") void drain();
  };
  // A network that has just returned is news: what waits after a failed try need not wait any longer.
  const wakeAll = () => void sendNow();
  const timer = setInterval(wake, EVERY_MS);
  addEventListener("online", wakeAll);
  document.addEventListener("visibilitychange", wake);
  const unwatch = watchLink(wakeAll);
  // Where no service worker keeps it, it is here before a newer app takes its place on the server.
  void delivery().catch(() => undefined);
  wake();
  return () => {
    unwatch();
    clearInterval(timer);
    clearTimeout(again);
    removeEventListener("online", wakeAll);
    document.removeEventListener("visibilitychange", wake);
  };
}

/** Sends everything that is due. Only one page of this browser sends at a time. */
export async function drain(): Promise<void> {
  if (isDraining) {
    isAskedAgain = true;
    return;
  }
  isDraining = true;
  try {
    do {
      isAskedAgain = false;
      await withLock(sendDue);
    } while (isAskedAgain);
  } finally {
    isDraining = false;
  }
  await wakeWhenDue();
}

/** Sends everything that waits, without minding the pause after a failed try. */
export async function sendNow(): Promise<void> {
  const store = sender()?.store;
  if (!store) return;
  for (const { id, upload } of await store.getAll("outbox")) if (upload.kind === "waiting") await putOneBack(store, id);
  await drain();
}

/** Puts a refused visit back among the waiting ones and sends it. */
export async function putBack(id: string): Promise<void> {
  const store = onPhone.value?.store;
  if (!store) return;
  await putOneBack(store, id);
  await refreshBoard();
  await drain();
}

/** Sends a visit whatever the network, and those to the same resident that go before it. */
export async function sendAnyway(id: string): Promise<void> {
  const store = onPhone.value?.store;
  if (!store) return;
  for (const it of upTo(await store.getAll("outbox"), id)) {
    await putOneBack(store, it.id, { any_network: true });
  }
  await refreshBoard();
  await drain();
}

/** Returns whether a visit waits for Wi-Fi now. */
export function isForWifi(visit: Outgoing): boolean {
  const account = (onPhone.value ?? locked.value)?.account.id;
  return account !== undefined && wantsWifi(visit, isWifiOnly(account), link.value);
}

/** Who can send: also while the phone is locked, where the session holds. */
function sender(): OnPhone | undefined {
  const on = onPhone.value ?? locked.value;
  return on?.store.opensFinished ? on : undefined;
}

/** Has a visit wait again, unless it has been stored meanwhile. */
async function putOneBack(store: Store, id: string, more: Pick<Outgoing, "any_network"> = {}): Promise<void> {
  await store.revise(id, (it) => (isUnsent(it.upload) ? { ...it, ...more, upload: afterEvent(it.upload, { kind: "put_back" }) } : null));
}

async function withLock(work: () => Promise<void>): Promise<void> {
  const on = onPhone.value ?? locked.value;
  if (on) await alone(on.store, on.account.id, "send", work);
}

/** Sets the alarm for the visit that may be tried again first, where that is before the regular round. */
async function wakeWhenDue(): Promise<void> {
  const outbox = (await sender()?.store.getAll("outbox")) ?? [];
  const times = outbox.flatMap(({ upload }) => (upload.kind === "waiting" ? [upload.not_before - Date.now()] : []));
  const wait = Math.min(...times.filter((it) => it > 0));
  clearTimeout(again);
  if (wait < EVERY_MS) again = setTimeout(() => void drain(), wait);
}

async function sendDue(): Promise<void> {
  if (!navigator.onLine) return;
  if (locked.value && !sender() && standing.value.kind !== "expired") await confirmSession();
  const on = sender();
  if (!on) return;
  const { store } = on;
  const waits = (await store.getAll("outbox")).some((it) => isDue(it.upload, Date.now()));
  if (waits && standing.value.kind === "unknown") await confirmSession();
  const tried = new Set<string>();
  for (;;) {
    if (sender()?.store !== store || standing.value.kind === "expired") return;
    const outgoing = nextToSend(await store.getAll("outbox"), Date.now(), tried, isForWifi);
    if (!outgoing) return eraseSent(store);
    if (tried.size === 0) await enrolOwnDevice();
    tried.add(outgoing.id);
    await send(on, outgoing);
    await refreshBoard();
  }
}

/** After too many wrong codes nothing stays of what the server has, not even its receipt. */
async function eraseSent(store: Store): Promise<void> {
  if (locked.value?.store === store && isErased(locked.value.lock)) await tidy(store, 0);
}

async function send({ account, store }: OnPhone, outgoing: Outgoing): Promise<void> {
  const total = outgoing.seal.attachments.reduce((sum, [, , bytes]) => sum + (bytes ?? 0), outgoing.xml.length);
  let upload = afterEvent(outgoing.upload, { kind: "start", total_bytes: total });
  underWay.set(outgoing.id, upload);
  const pace = paceOf();
  try {
    const { deliver } = await delivery();
    const parcel = { accountId: account.id, ...contentOf(outgoing, await store.filesOf(outgoing.id)) };
    const receipt = await deliver(parcel, () => !isForWifi(outgoing), (progress) => {
      upload = afterEvent(upload, { kind: "progress", progress, left_s: pace.leftS(progress) });
      underWay.set(outgoing.id, upload);
    });
    const stored = afterEvent(upload, { kind: "acknowledged", receipt, now_ms: Date.now() });
    await settleStored(store, outgoing.id, stored);
  } catch (error) {
    const failure = failureOf(error);
    // Whoever has signed in on this page meanwhile has another session; the visit waits as it did before.
    if (sender()?.account.id !== account.id) return;
    await minds(failure);
    const failed = { kind: "failed", failure, has_moved: pace.hasMoved(), now_ms: Date.now(), random: Math.random() } as const;
    const now = afterEvent(upload, failed);
    await store.revise(outgoing.id, (it) => (isUnsent(it.upload) ? { ...it, upload: now } : null));
  } finally {
    underWay.delete(outgoing.id);
  }
}

function delivery(): Promise<typeof import("./delivery")> {
  return import("./delivery");
}

/** Watches how fast bytes go out: what the server had before this try says nothing of that. */
function paceOf() {
  let first: { bytes: number; at: number } | null = null;
  let kept = 0;
  return {
    leftS({ sent_bytes, kept_bytes, total_bytes }: Progress): number | null {
      const now = performance.now();
      first ??= { bytes: kept_bytes, at: now };
      kept = Math.max(kept, kept_bytes);
      const [moved, passed] = [sent_bytes - first.bytes, now - first.at];
      return moved > 0 && passed > SURE_AFTER_MS ? Math.ceil(((total_bytes - sent_bytes) * passed) / moved / 1000) : null;
    },
    hasMoved: () => first !== null && kept > first.bytes,
  };
}

function contentOf(outgoing: Outgoing, files: Attachment[]): Omit<Parcel, "accountId"> {
  const byName = new Map(files.map((file) => [file.name, file]));
  return {
    xml: outgoing.xml,
    seal: outgoing.seal,
    notes: outgoing.notes ?? "",
    taskId: outgoing.task_id,
    files: outgoing.seal.attachments.flatMap(([name]) => {
      const file = byName.get(name);
      return file ? [{ name, mediaType: file.media_type, bytes: file.bytes, sha256: file.sha256 }] : [];
    }),
  };
}

/** Draws the consequences of a failure that is about the session, not about the visit. */
async function minds(failure: SendFailure): Promise<void> {
  if (failure.status === 401) standing.value = { kind: "expired" };
  if (failure.code === "auth.csrf") await confirmSession().catch(() => undefined);
}

function failureOf(error: unknown): SendFailure {
  if (error instanceof ApiError) {
    return { status: error.status, code: error.code, params: error.params, retryAfterS: error.retryAfterS };
  }
  return { status: 0, code: "storage.failed", params: {}, retryAfterS: null };
}
