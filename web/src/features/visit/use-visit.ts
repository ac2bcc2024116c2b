/** Opens a visit for a screen, keeps a second window out, and remembers that it is open in case the page dies. */
import { onBeforeUnmount, shallowRef, type ShallowRef } from "vue";

import { EngineError } from "@/engine/client";
import type { Message } from "@/i18n/messages";
import { onPhone } from "@/offline/account";
import { refreshBoard } from "@/offline/board";
import { forgetOpenVisit, rememberOpenVisit } from "@/offline/open-visit";
import { VisitError, VisitSession } from "./session";

/** What the screen of a visit shows. */
export type Opening =
  | { kind: "opening" }
  | { kind: "open"; visit: VisitSession }
  | { kind: "elsewhere" }
  | { kind: "failed"; message: Message };

/** Opens the draft; it is let go when the screen is left. */
export function useVisit(id: string, language: string): ShallowRef<Opening> {
  const opening = shallowRef<Opening>({ kind: "opening" });
  let letGo: () => void = () => undefined;
  let isLeft = false;

  async function open(): Promise<void> {
    const on = onPhone.value;
    if (!on) return;
    try {
      const visit = await VisitSession.open(on, id, language);
      if (isLeft) return;
      rememberOpenVisit(id);
      opening.value = { kind: "open", visit };
    } catch (error) {
      opening.value = { kind: "failed", message: messageOf(error) };
    }
  }

  /** Holds the browser's lock on this draft until the screen is left; where there are no locks, nothing is held. */
  function openAlone(): void {
    if (!("locks" in navigator)) return void open();
    void navigator.locks.request(`doorstep.visit.${id}`, { ifAvailable: true }, async (lock) => {
      if (!lock) {
        opening.value = { kind: "elsewhere" };
        return;
      }
      const left = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      await open();
      if (!isLeft) await left;
    });
  }

  openAlone();
  onBeforeUnmount(() => {
    isLeft = true;
    if (opening.value.kind === "open") opening.value.visit.leave();
    letGo();
    forgetOpenVisit();
    void refreshBoard();
  });
  return opening;
}

/** Returns what went wrong as a message. */
export function messageOf(error: unknown): Message {
  if (error instanceof EngineError) return { code: error.code, params: error.params };
  if (error instanceof VisitError) return { code: error.code };
  return { code: "storage.failed" };
}
