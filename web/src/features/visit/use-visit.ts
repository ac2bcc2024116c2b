/** Opens a visit for a screen, keeps a second window out, and remembers that it is open in case the page dies. */
import { onBeforeUnmount, shallowRef, type ShallowRef } from "vue";

import { EngineError } from "@/engine/client";
import type { Message } from "@/i18n/messages";
import { onPhone } from "@/offline/account";
import { refreshBoard } from "@/offline/board";
import { holdVisit, type Hold } from "@/offline/hold";
import { forgetOpenVisit, rememberOpenVisit } from "@/offline/open-visit";
import { storageCode } from "@/offline/trouble";
import { VisitError, VisitSession } from "./session";

/** A window that waits for another one looks this often whether it has let go. */
const AGAIN_MS = 2_000;

/** What the screen of a visit shows. */
export type Opening =
  | { kind: "opening" }
  | { kind: "open"; visit: VisitSession }
  | { kind: "elsewhere" }
  | { kind: "failed"; message: Message };

/** Opens the draft; it is let go when the screen is left. */
export function useVisit(id: string, language: string): ShallowRef<Opening> {
  const opening = shallowRef<Opening>({ kind: "opening" });
  let hold: Hold | null = null;
  let later: ReturnType<typeof setTimeout> | undefined;
  let isLeft = false;

  async function open(): Promise<void> {
    const on = onPhone.value;
    if (!on) return;
    try {
      const visit = await VisitSession.open(on, id, language);
      if (isLeft) return visit.leave();
      rememberOpenVisit(id);
      opening.value = { kind: "open", visit };
    } catch (error) {
      opening.value = { kind: "failed", message: messageOf(error) };
    }
  }

  /** Another window took the visit while this one was asleep: what is shown here is no longer the newest. */
  function lose(): void {
    if (opening.value.kind === "open") opening.value.visit.leave();
    hold = null;
    opening.value = { kind: "elsewhere" };
    later = setTimeout(openAlone, AGAIN_MS);
  }

  /** Holds this draft until the screen is left; while another window has it, looks again until that lets it go. */
  async function openAlone(): Promise<void> {
    const on = onPhone.value;
    if (!on || isLeft) return;
    try {
      hold = await holdVisit(on.store, on.account.id, id, lose);
    } catch (error) {
      opening.value = { kind: "failed", message: messageOf(error) };
      return;
    }
    if (isLeft) return hold?.release();
    if (hold) return open();
    opening.value = { kind: "elsewhere" };
    later = setTimeout(openAlone, AGAIN_MS);
  }

  void openAlone();
  onBeforeUnmount(() => {
    isLeft = true;
    if (opening.value.kind === "open") opening.value.visit.leave();
    clearTimeout(later);
    hold?.release();
    forgetOpenVisit();
    void refreshBoard();
  });
  return opening;
}

/** Returns what went wrong as a message. */
export function messageOf(error: unknown): Message {
  if (error instanceof EngineError) return { code: error.code, params: error.params };
  if (error instanceof VisitError) return { code: error.code };
  return { code: storageCode(error) };
}
