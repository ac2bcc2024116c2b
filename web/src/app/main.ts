import { createApp, watch } from "vue";

import { rememberedLanguage } from "@/i18n";
import { confirmSession, followOtherWindows, onPhone, recallAccount } from "@/offline/account";
import { refreshBoard } from "@/offline/board";
import { watchOver } from "@/offline/lock";
import { watchClock } from "@/offline/clock";
import { recallFacts } from "@/offline/remembered";
import { startSending } from "@/offline/sender";
import { keepShell } from "@/offline/shell";
import { examineStorage } from "@/offline/storage";
import { lastSync } from "@/offline/store";
import { recallSync, refresh } from "@/offline/sync";
import { startKeeping } from "@/offline/vault/keeper";
import "@/ui/theme.css";

import App from "./App.vue";
import { enter } from "./enter";
import { router } from "./router";
import { applyTextSize } from "./text-size";
import { speak, texts } from "./texts";

/** A copy older than this is fetched anew at the start, where there is a network. */
const STALE_MS = 30 * 60_000;

async function start(): Promise<void> {
  await speak(rememberedLanguage());
  applyTextSize();
  watchClock();
  await examineStorage();
  await recallFacts();
  await recallAccount().catch(() => undefined);
  startKeeping();
  watchOver(() => void router.replace("/unlock"));
  followOtherWindows(() => void refreshBoard().then(() => router.replace("/sign-in")));
  // Whatever lies on the phone, the app opens.
  const back = await enter().catch(() => "/");
  if (back !== "/" && !location.hash.startsWith("#/visit/")) await router.replace(back);
  createApp(App).use(texts).use(router).mount("#app");
  void keepShell();

  await confirmSession();
  startSending();
  await refreshIfStale();
  watch(onPhone, (on) => on && void recallSync(on.store));
  addEventListener("online", () => void comeBack());
  // Browsers that decode no photo small need codecs, which are fetched while there is a network.
  if (!("ImageDecoder" in globalThis)) void import("@/capture/photo").then(({ warmUpPhotos }) => warmUpPhotos());
}

/** Whoever was away may have missed a new version of a form, or work that was given to somebody else. */
async function comeBack(): Promise<void> {
  await confirmSession();
  if (onPhone.value) await refresh();
}

async function refreshIfStale(): Promise<void> {
  const on = onPhone.value;
  const at = (on && (await lastSync(on.store))?.at) ?? 0;
  if (on && navigator.onLine && Math.abs(Date.now() - at) > STALE_MS) await refresh();
}

void start();
