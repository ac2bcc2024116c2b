/**
 * Part of the service worker: keeps the key of the account that is unlocked, in memory alone, as long as a browser lets
 * a service worker live after a message (minutes). See `src/offline/vault/keeper.ts`.
 */
(() => {
  const KEPT_MS = 280_000;
  let kept = null;

  self.addEventListener("message", (event) => {
    const { kind, account, key } = event.data ?? {};
    if (kind === "forget") kept = null;
    if (kind === "recall") event.ports[0]?.postMessage(kept !== null && kept.account === account ? kept.key : null);
    if (kind !== "keep") return;
    const mine = { account, key };
    kept = mine;
    event.waitUntil(
      new Promise((resolve) => {
        setTimeout(() => {
          if (kept === mine) kept = null;
          resolve();
        }, KEPT_MS);
      }),
    );
  });
})();
