/**
 * Part of the service worker: keeps the key of the account that is unlocked, in memory alone, as long as a browser lets
 * a service worker live after a message (minutes). See `src/offline/vault/keeper.ts`.
 */
(() => {
  const KEPT_MS = 280_000;
  let kept = null;
  /** Ends the wait that keeps this worker alive: a new version takes over only from one that waits for nothing. */
  let rest = () => undefined;

  self.addEventListener("message", (event) => {
    const { kind, account, key } = event.data ?? {};
    if (kind === "forget") {
      kept = null;
      rest();
    }
    if (kind === "recall") event.ports[0]?.postMessage(kept !== null && kept.account === account ? kept.key : null);
    if (kind !== "keep") return;
    rest();
    kept = { account, key };
    event.waitUntil(
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          kept = null;
          resolve();
        }, KEPT_MS);
        rest = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    );
  });
})();
