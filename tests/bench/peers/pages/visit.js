/** One visit of a page by a browser of its own, under a network and a processor as slow as asked. */
import { mainThreadClock, openBrowser, within } from "../lib/browser.js";
import { serve } from "../lib/server.js";

const PHONE = { viewport: { width: 390, height: 844 } };
const LIMIT_MS = 120_000;
/** The page is at rest when no task was long for this time. */
const REST_MS = 1_500;

/** Returns `{ figures, error }`: milliseconds, and bytes that travelled. */
export async function visitPage(folder, { cpu, network }) {
  const server = await serve(folder, { compress: true });
  const browser = await openBrowser();
  const thrown = [];
  try {
    const page = await browser.newPage(PHONE);
    page.on("pageerror", (error) => thrown.push(error.message));
    return { figures: await within(LIMIT_MS, "the first page", watch(page, server.url, cpu, network)), error: null };
  } catch (error) {
    return { figures: {}, error: [error.message, ...thrown].map((it) => it.split("\n")[0]).join("; ").slice(0, 200) };
  } finally {
    await browser.close();
    server.close();
  }
}

async function watch(page, url, cpu, network) {
  const protocol = await page.context().newCDPSession(page);
  const clock = await mainThreadClock(protocol);
  await protocol.send("Network.enable");
  await protocol.send("Network.emulateNetworkConditions", { offline: false, ...network });
  await protocol.send("Emulation.setCPUThrottlingRate", { rate: cpu });
  let [travelled, requests] = [0, 0];
  protocol.on("Network.loadingFinished", ({ encodedDataLength }) => {
    travelled += encodedDataLength;
    requests += 1;
  });
  await page.addInitScript(observe);
  await page.goto(`${url}/`, { waitUntil: "commit", timeout: LIMIT_MS });
  await page.waitForFunction((rest) => globalThis.seen.at && performance.now() - globalThis.seen.usable() > rest, REST_MS, {
    polling: 200,
    timeout: LIMIT_MS,
  });
  const told = await page.evaluate(() => ({ field: globalThis.seen.at, usable: globalThis.seen.usable(), blocked: globalThis.seen.blocked() }));
  return {
    "first field on the screen": told.field,
    "first page usable": told.usable,
    "main thread blocked": told.blocked,
    "main thread, CPU": await clock(),
    "travelled, bytes": travelled,
    requests,
  };
}

/** In the page: when the first field could be seen, and how long tasks took. */
function observe() {
  const tasks = [];
  const seen = {
    at: 0,
    /** The first field is there and no long task that followed it still runs. */
    usable: () => Math.max(seen.at, ...tasks.map((it) => it.startTime + it.duration)),
    blocked: () => tasks.reduce((sum, it) => sum + Math.max(0, it.duration - 50), 0),
  };
  globalThis.seen = seen;
  new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: "longtask", buffered: true });
  const FIELDS = "input, select, textarea";
  const look = () => {
    const app = document.querySelector("#app");
    // An element of its own may hold the form in a shadow root.
    const roots = [app, ...[...(app?.querySelectorAll("*") ?? [])].map((it) => it.shadowRoot)].filter(Boolean);
    for (const root of roots) {
      if (watched.has(root) || root === app) continue;
      watched.add(root);
      changes.observe(root, CHANGES);
    }
    const field = roots.map((root) => root.querySelector(FIELDS)).find(Boolean);
    if (!field?.getClientRects().length) return;
    changes.disconnect();
    requestAnimationFrame(() => (seen.at ||= performance.now()));
  };
  const CHANGES = { attributes: true, childList: true, subtree: true };
  const watched = new Set();
  const changes = new MutationObserver(look);
  document.addEventListener("DOMContentLoaded", () => {
    changes.observe(document.body, CHANGES);
    look();
  });
}
