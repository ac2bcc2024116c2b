/** Debian's Chromium, driven over its own protocol. */
import { chromium } from "playwright-core";

/** The browser; another one by `CHROMIUM`. */
const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Playwright answers this signal by closing its browsers alone, and a bench would go on with the next.
process.once("SIGTERM", () => process.exit(143));

/** Starts a browser of its own: cold caches, cold compiler, a clean heap. */
export function openBrowser() {
  return chromium.launch({ executablePath: EXECUTABLE, headless: true, args: QUIET });
}

/** Returns how to read the CPU time that the page's main thread has used, in milliseconds. */
export async function mainThreadClock(protocol) {
  await protocol.send("Performance.enable");
  return async () => {
    const { metrics } = await protocol.send("Performance.getMetrics");
    return metrics.find((it) => it.name === "ThreadTime").value * 1_000;
  };
}

/** Rejects when the work takes longer than that. */
export async function within(ms, what, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not done in ${ms / 1_000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
