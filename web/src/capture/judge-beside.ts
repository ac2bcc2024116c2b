/**
 * Judging in a thread of its own, started by the worker that prepares photos: that one encodes meanwhile, which takes as
 * long, and phones have several processors. Where workers cannot start workers, it judges by itself.
 */
import type { PhotoJudgement } from "@/engine/evidence-contract";
import { judge, warmUpJudge, type Judged } from "./judge";

/** A worker, and who waits for its replies, in the order of what was asked: replies do not say what they answer. */
interface Beside {
  worker: Worker;
  waiting: ((judgement: PhotoJudgement | null) => void)[];
}

let beside: Beside | null = null;

/** Makes the first photo as quick as the next. */
export async function warmUpBeside(): Promise<void> {
  const started = startedOnce();
  if (started) started.worker.postMessage(null);
  else await warmUpJudge();
}

/**
 * Judges a picture; `null` where that fails, for a photo without a judgement is still one. Its pixels are moved away where
 * `moves` says so. Where there is another thread they are on their way when this returns: what the caller computes next is
 * computed meanwhile.
 */
export async function judgeBeside(picture: Judged, moves: boolean): Promise<PhotoJudgement | null> {
  try {
    const started = startedOnce();
    if (!started) return await judge(picture);
    started.worker.postMessage(picture, moves ? [picture.pixels.buffer] : []);
    return await new Promise((resolve) => started.waiting.push(resolve));
  } catch {
    return null;
  }
}

function startedOnce(): Beside | null {
  if (typeof Worker !== "function") return null;
  beside ??= started();
  return beside;
}

function started(): Beside {
  const worker = new Worker(new URL("./judge.worker.ts", import.meta.url), { type: "module" });
  const made: Beside = { worker, waiting: [] };
  worker.onmessage = ({ data }: MessageEvent<PhotoJudgement | null>) => made.waiting.shift()?.(data);
  // One that cannot be loaded, while it warms up or later, would never answer.
  worker.onerror = () => dismiss(made);
  // Nor would it be known which reply is whose after one that cannot be read.
  worker.onmessageerror = () => dismiss(made);
  return made;
}

function dismiss(failed: Beside): void {
  failed.worker.terminate();
  if (beside === failed) beside = null;
  for (const resolve of failed.waiting.splice(0)) resolve(null);
}
