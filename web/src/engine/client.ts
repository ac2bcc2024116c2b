/** Typed calls to the engine's worker. Calls are answered in the order in which they were made. */
import type { CallName, Calls, Failure, Reply, Request } from "./protocol";

/** What the engine refused, as a message code. */
export class EngineError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.code);
    this.name = "EngineError";
  }

  get code(): string {
    return this.failure.code;
  }

  get params(): Record<string, string> {
    return this.failure.params ?? {};
  }
}

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: EngineError) => void;
}

let worker: Worker | null = null;
let nextId = 1;
const waiting = new Map<number, Waiting>();

/** Calls the engine; rejects with [`EngineError`]. */
export function engine<N extends CallName>(name: N, ...args: Calls[N]["args"]): Promise<Calls[N]["answer"]> {
  return new Promise((resolve, reject) => {
    const request: Request<N> = { id: nextId++, name, args };
    waiting.set(request.id, { resolve: resolve as (answer: never) => void, reject });
    started().postMessage(request);
  });
}

let isPrepared = false;

/**
 * Loads the engine and lets the browser compile it once nothing else is to be done, so that the first form opens as fast
 * as the next. Whatever goes wrong is told when a form is opened.
 */
export function prepareEngine(): void {
  if (isPrepared) return;
  isPrepared = true;
  const prepare = () => void engine("warmUp").catch(() => (isPrepared = false));
  // Safari has no such call.
  if (typeof requestIdleCallback === "function") requestIdleCallback(prepare, { timeout: 5_000 });
  else setTimeout(prepare, 1_000);
}

function started(): Worker {
  if (worker) return worker;
  worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = (event: MessageEvent<Reply>) => settle(event.data);
  worker.onerror = () => failAll();
  return worker;
}

function settle(reply: Reply): void {
  const caller = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.ok) caller?.resolve(reply.answer as never);
  else caller?.reject(new EngineError(reply.failure));
}

/** The worker died or could not be loaded: every caller hears it, and the next call starts a new one. */
function failAll(): void {
  worker?.terminate();
  worker = null;
  for (const caller of waiting.values()) caller.reject(new EngineError({ code: "engine.failed", params: { problem: "worker" } }));
  waiting.clear();
}
