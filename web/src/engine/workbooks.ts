/** Typed calls to the converter's worker, which is started when somebody first needs it. */
import { EngineError } from "./client";
import type { Reply } from "./protocol";
import type { WorkbookCallName, WorkbookCalls, WorkbookRequest } from "./workbook-types";

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: EngineError) => void;
}

let worker: Worker | null = null;
let nextId = 1;
const waiting = new Map<number, Waiting>();

/** Calls the converter; rejects with [`EngineError`]. */
export function converter<N extends WorkbookCallName>(name: N, ...args: WorkbookCalls[N]["args"]): Promise<WorkbookCalls[N]["answer"]> {
  return new Promise((resolve, reject) => {
    const request: WorkbookRequest<N> = { id: nextId++, name, args };
    waiting.set(request.id, { resolve: resolve as (answer: never) => void, reject });
    started().postMessage(request);
  });
}

function started(): Worker {
  if (worker) return worker;
  worker = new Worker(new URL("./xlsform.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = (event: MessageEvent<Reply>) => settle(event.data);
  worker.onerror = () => failAll();
  return worker;
}

function settle(reply: Reply): void {
  const caller = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.ok) return caller?.resolve(reply.answer as never);
  caller?.reject(new EngineError(reply.failure));
  // What is wrong with a workbook is an answer; a failure is the converter's own, and it may not be fit for another call.
  if (!reply.failure.code.startsWith("form.")) failAll();
}

/** The worker died: every caller hears it, and the next call starts a new one. */
function failAll(): void {
  worker?.terminate();
  worker = null;
  for (const caller of waiting.values()) caller.reject(new EngineError({ code: "engine.failed", params: { problem: "worker" } }));
  waiting.clear();
}
