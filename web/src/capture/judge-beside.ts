/**
 * Judging in a thread of its own, started by the worker that prepares photos: that one encodes meanwhile, which takes as
 * long, and phones have several processors. Where workers cannot start workers, it judges by itself.
 */
import type { PhotoJudgement } from "@/engine/evidence-contract";
import { judge, warmUpJudge, type Judged } from "./judge";

let worker: Worker | null = null;
/** One after the other: replies do not say what they answer. */
let turn: Promise<unknown> = Promise.resolve();

/** Makes the first photo as quick as the next. */
export async function warmUpBeside(): Promise<void> {
  const beside = started();
  if (beside) beside.postMessage(null);
  else await warmUpJudge();
}

/** Judges a picture; `null` where that fails, for a photo without a judgement is still one. Its pixels are moved away where `moves` says so. */
export function judgeBeside(picture: Judged, moves: boolean): Promise<PhotoJudgement | null> {
  const judged = turn.then(() => ask(picture, moves)).catch(() => null);
  turn = judged;
  return judged;
}

function ask(picture: Judged, moves: boolean): Promise<PhotoJudgement | null> {
  const beside = started();
  if (!beside) return judge(picture);
  return new Promise((resolve) => {
    beside.onmessage = ({ data }: MessageEvent<PhotoJudgement | null>) => resolve(data);
    beside.onerror = () => {
      dismiss(beside);
      resolve(null);
    };
    beside.postMessage(picture, moves ? [picture.pixels.buffer] : []);
  });
}

function started(): Worker | null {
  if (typeof Worker !== "function") return null;
  if (worker) return worker;
  const made = new Worker(new URL("./judge.worker.ts", import.meta.url), { type: "module" });
  // One that cannot be loaded while it warms up would never answer.
  made.onerror = () => dismiss(made);
  worker = made;
  return made;
}

function dismiss(beside: Worker): void {
  beside.terminate();
  if (worker === beside) worker = null;
}
