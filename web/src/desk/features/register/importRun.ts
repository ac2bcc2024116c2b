/** An import as the server does it: asked for its state again and again until it stands still. */
import * as api from "@/api/desk";
import type { RegisterImport } from "@/api/deskTypes";

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 2_000;

/** Returns whether the server is still at work. */
export function isMoving(state: RegisterImport["state"]): boolean {
  return state === "reading" || state === "applying";
}

/** Returns how far it is, 0 to 100; `null` as long as nobody knows how much there is. */
export function percentDone(progress: RegisterImport["progress"]): number | null {
  if (progress.total <= 0) return null;
  return Math.min(100, Math.floor((progress.done / progress.total) * 100));
}

/** Waits between two questions: short at first, so that a small file feels instant. */
export function waitMs(asked: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 1.4 ** asked);
}

/** Tells every state until the import stands still or `signal` says stop. */
export async function follow(id: string, tell: (it: RegisterImport) => void, signal: AbortSignal): Promise<void> {
  for (let asked = 0; !signal.aborted; asked += 1) {
    const it = await api.importState(id);
    if (signal.aborted) return;
    tell(it);
    if (!isMoving(it.state)) return;
    await new Promise((done) => {
      setTimeout(done, waitMs(asked));
    });
  }
}
