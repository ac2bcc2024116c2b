/**
 * The service worker keeps the opened key in its memory for a few minutes, so that a page which the system ended while
 * the camera was in front need not ask for the code again. Nothing of it is written down; where there is no service
 * worker the code is asked for.
 */

const ANSWER_MS = 3_000;

let kept: { account: string; key: CryptoKey } | null = null;

/** Has the key of an account kept, as long as this page lives and some minutes longer. */
export function keep(account: string, key: CryptoKey): void {
  kept = { account, key };
  tell();
}

/** Asks for the key of an account. */
export async function recall(account: string): Promise<CryptoKey | null> {
  const keeper = navigator.serviceWorker?.controller;
  if (!keeper) return null;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<CryptoKey | null>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data instanceof CryptoKey ? data : null);
    setTimeout(() => resolve(null), ANSWER_MS);
  });
  keeper.postMessage({ kind: "recall", account }, [port2]);
  const key = await answer.finally(() => port1.close());
  if (key) kept = { account, key };
  return key;
}

/** Has every key forgotten. */
export function forget(): void {
  kept = null;
  navigator.serviceWorker?.controller?.postMessage({ kind: "forget" });
}

/** Has the next version of the service worker keep the key instead: the present one would hold it up while it does. */
export function handOver(next: ServiceWorker): void {
  if (kept) next.postMessage({ kind: "keep", ...kept });
  navigator.serviceWorker.controller?.postMessage({ kind: "forget" });
}

/** Tells a service worker that has just taken over, and again whenever the page may not live much longer. */
export function startKeeping(): void {
  navigator.serviceWorker?.addEventListener("controllerchange", tell);
  document.addEventListener("visibilitychange", tell);
}

function tell(): void {
  if (kept) navigator.serviceWorker?.controller?.postMessage({ kind: "keep", ...kept });
}
