/** Which visit is open on the screen, so that a page that was ended by the system comes back to it. */
import { recalled, remember } from "./remembered";
import type { Draft } from "./store";

/** Notes that a visit is on the screen. */
export function rememberOpenVisit(id: string): void {
  void remember("open-visit", id);
}

/** Notes that the person left it. */
export function forgetOpenVisit(): void {
  void remember("open-visit", null);
}

/** Returns the visit to go back to after a start: one that waited for its camera, else the one that was open. */
export function visitToReturnTo(drafts: readonly Draft[]): string | null {
  const open = recalled("open-visit");
  const found = drafts.find((it) => it.photographing !== null) ?? drafts.find((it) => it.id === open);
  return found?.id ?? null;
}
