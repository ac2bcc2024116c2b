import { createApp, watch } from "vue";

import { rememberedLanguage } from "@/i18n";
import { confirmSession, onPhone, recallAccount } from "@/offline/account";
import { board, refreshBoard } from "@/offline/board";
import { visitToReturnTo } from "@/offline/open-visit";
import { startSending } from "@/offline/sender";
import { watchClock } from "@/offline/clock";
import { examineStorage } from "@/offline/storage";
import { recallSync, refresh } from "@/offline/sync";
import "@/ui/theme.css";

import App from "./App.vue";
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
  await recallAccount().catch(() => undefined);
  await refreshBoard();
  if (onPhone.value) await recallSync(onPhone.value.store);

  const back = onPhone.value ? visitToReturnTo(board.value.drafts) : null;
  if (back && !location.hash.startsWith("#/visit/")) await router.replace(`/visit/${back}`);
  createApp(App).use(texts).use(router).mount("#app");

  await confirmSession();
  startSending();
  await refreshIfStale();
  watch(onPhone, (on) => on && void recallSync(on.store));
  addEventListener("online", () => void comeBack());
}

/** Whoever was away may have missed a new version of a form, or work that was given to somebody else. */
async function comeBack(): Promise<void> {
  await confirmSession();
  if (onPhone.value) await refresh();
}

async function refreshIfStale(): Promise<void> {
  const on = onPhone.value;
  const last = await on?.store.get("facts", "sync");
  const at = typeof last === "object" && last !== null && "at" in last ? Number(last.at) : 0;
  if (on && navigator.onLine && Math.abs(Date.now() - at) > STALE_MS) await refresh();
}

void start();
