/**
 * The app itself on the phone: whether it opens without a network, and new versions of it. A new version waits until the
 * person takes it; nobody is taken out of a visit for it, in this window or in another.
 */
import { shallowRef } from "vue";

import { onPhone } from "./account";
import { isVisitOpenElsewhere } from "./hold";
import { handOver } from "./vault/keeper";

/** Whether the app is kept: `none` where the browser keeps no apps, so that it opens with a network only. */
export type Shell = "unknown" | "keeping" | "kept" | "none";

/** What is to be said of a new version. */
export type Update =
  | { kind: "none" }
  | { kind: "offered" }
  /** Another window has a visit open, which the new version would break off. */
  | { kind: "held_up" }
  /** Another window has taken it: this one is opened anew when the person says so. */
  | { kind: "taken" };

/** Whether the app is kept on this phone. */
export const shell = shallowRef<Shell>("unknown");

/** Whether there is a new version. */
export const update = shallowRef<Update>({ kind: "none" });

/** A page that stays open asks for a new version this often, when somebody looks at it. */
const EVERY_MS = 60 * 60_000;

let registration: ServiceWorkerRegistration | null = null;
let isTaking = false;

/** Has the app kept, and looks out for new versions of it. */
export async function keepShell(): Promise<void> {
  // Absent on plain http and in many WebViews, whatever the types say.
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!workers || !import.meta.env.PROD) {
    shell.value = "none";
    return;
  }
  let hadOne = workers.controller !== null;
  shell.value = hadOne ? "kept" : "keeping";
  workers.addEventListener("controllerchange", () => {
    if (isTaking) location.reload();
    else if (hadOne) update.value = { kind: "taken" };
    hadOne = true;
  });
  try {
    registration = await workers.register("/sw.js", { scope: "/" });
  } catch {
    // With no network one that is there stays; a browser that never had one cannot keep the app.
    if (!hadOne) shell.value = "none";
    return;
  }
  void workers.ready.then(() => (shell.value = "kept"));
  watchWaiting(registration);
}

/** Takes the new version and opens the page anew, unless another window has a visit open. */
export async function takeUpdate(): Promise<void> {
  if (update.value.kind === "taken") return location.reload();
  const on = onPhone.value;
  if (on && (await isVisitOpenElsewhere(on.store, on.account.id))) {
    update.value = { kind: "held_up" };
    return;
  }
  isTaking = true;
  const next = registration?.waiting;
  if (!next) return location.reload();
  handOver(next);
  next.postMessage({ type: "SKIP_WAITING" });
}

function watchWaiting(found: ServiceWorkerRegistration): void {
  const look = () => {
    if (found.waiting && navigator.serviceWorker.controller) update.value = { kind: "offered" };
  };
  found.addEventListener("updatefound", () => found.installing?.addEventListener("statechange", look));
  look();
  let askedAt = Date.now();
  const ask = () => {
    // A clock that was put back does not keep it from asking.
    if (document.visibilityState !== "visible" || Math.abs(Date.now() - askedAt) < EVERY_MS) return;
    askedAt = Date.now();
    found.update().catch(() => undefined);
  };
  document.addEventListener("visibilitychange", ask);
  setInterval(ask, EVERY_MS);
}
