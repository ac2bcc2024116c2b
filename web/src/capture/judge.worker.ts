/// <reference lib="webworker" />
/** Judges photos for [`judgeBeside`]: a picture, or nothing to warm up, and for each picture what it shows. */
import { judge, warmUpJudge, type Judged } from "./judge";

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = ({ data }: MessageEvent<Judged | null>) => {
  if (data === null) void warmUpJudge();
  else void judge(data).catch(() => null).then((judgement) => scope.postMessage(judgement));
};
