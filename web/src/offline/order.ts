/**
 * Which finished visit is sent next. Visits to the same resident go in the order in which they were finished: a later one
 * that overtook an earlier one would change the register first, and the earlier would be the conflict.
 *
 * - While an earlier one waits, for the network, its next try or Wi-Fi, later ones to the same resident wait behind it.
 *   Those to others go on.
 * - One that the server refused holds nobody up. It waits for a person, perhaps for days; what was found at the door
 *   since then must not. When it is mended it comes as a later version, and the server flags what the two change alike.
 */
import { inOrder, isDue } from "./queue";
import type { Outgoing } from "./records";

/** Returns what tells the resident, or place, of a visit from others; a visit of nobody known stands alone. */
export function about(visit: Outgoing): string {
  return visit.subject || visit.task_id || visit.label || visit.id;
}

/** Why a visit does not go although it may be tried. */
export type Hold = "wifi" | "order";

/**
 * Returns the visit to send now, or nothing. `tried` were sent in this round already; `wantsWifi` says which visits may not
 * go over the network there is.
 */
export function nextToSend(
  outbox: readonly Outgoing[],
  nowMs: number,
  tried: ReadonlySet<string>,
  wantsWifi: (visit: Outgoing) => boolean,
): Outgoing | null {
  const held = holds(outbox, wantsWifi);
  const ready = [...outbox].sort(inOrder).filter((it) => it.upload.kind === "waiting" && !held.has(it.id));
  return ready.find((it) => isDue(it.upload, nowMs) && !tried.has(it.id)) ?? null;
}

/** Returns the visits that wait for Wi-Fi, or behind another one to the same resident. */
export function holds(outbox: readonly Outgoing[], wantsWifi: (visit: Outgoing) => boolean): Map<string, Hold> {
  const first = new Set<string>();
  const held = new Map<string, Hold>();
  for (const visit of [...outbox].sort(inOrder)) {
    if (visit.upload.kind !== "waiting" && visit.upload.kind !== "sending") continue;
    if (wantsWifi(visit)) held.set(visit.id, "wifi");
    else if (first.has(about(visit))) held.set(visit.id, "order");
    first.add(about(visit));
  }
  return held;
}

/** Returns the visits that have to go before this one can, and itself. */
export function upTo(outbox: readonly Outgoing[], id: string): Outgoing[] {
  const sorted = [...outbox].sort(inOrder);
  const visit = sorted.find((it) => it.id === id);
  if (!visit) return [];
  const before = sorted.slice(0, sorted.indexOf(visit) + 1);
  return before.filter((it) => it.upload.kind === "waiting" && about(it) === about(visit));
}
