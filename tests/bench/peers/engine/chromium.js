/** One run of one contestant on one case in a Chromium of its own. */
import { mainThreadClock, openBrowser, within } from "../lib/browser.js";
import { median } from "../lib/statistics.js";
import { reason, run } from "./script.js";

/** No step may take longer. */
const LIMIT_MS = 180_000;

/** Returns `{figures, error}`, or `{skipped}` where the contestant cannot do the case at all. */
export async function runInChromium(url, contestant, aCase) {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const thrown = [];
    page.on("pageerror", (error) => thrown.push(error.message.slice(0, 200)));
    const result = await measure(page, url, contestant, aCase);
    if (result.error && thrown.length > 0) result.error += ` (${thrown[0]})`;
    return result;
  } catch (error) {
    return { figures: {}, error: reason(error) };
  } finally {
    await browser.close();
  }
}

async function measure(page, url, contestant, aCase) {
  const protocol = await page.context().newCDPSession(page);
  const clock = await mainThreadClock(protocol);
  await page.goto(url);
  await page.waitForFunction(() => globalThis.bench);
  const paths = [`/${contestant}/contestant.js`, `/cases/${aCase.id}.json`];
  const supported = await page.evaluate(([module, form]) => globalThis.bench.prepare(module, form), paths);
  if (!supported) return { skipped: true };

  /** Calls the page and tells the CPU time, less what calling takes by itself. */
  const timed = async (what, call) => {
    const before = await clock();
    const result = await within(LIMIT_MS, what, call());
    return { ...result, cpuMs: (await clock()) - before };
  };
  const idle = [];
  for (let i = 0; i < 5; i++) idle.push((await timed("nothing", () => page.evaluate(() => globalThis.bench.step("nothing")))).cpuMs);
  const calling = median(idle);
  const net = ({ cpuMs, ...rest }) => ({ ...rest, cpuMs: Math.max(0, cpuMs - calling) });

  const before = await memory(protocol);
  const loaded = net(await timed("loading", () => page.evaluate(() => globalThis.bench.load())));
  const after = await memory(protocol);
  const figures = {
    "load, CPU": loaded.cpuMs,
    "load, wall": loaded.ms,
    "memory of JavaScript": after.script - before.script,
    "memory of the DOM": after.elements - before.elements,
    "memory of wasm": loaded.wasmBytes,
  };
  figures.memory = figures["memory of JavaScript"] + figures["memory of the DOM"] + loaded.grownBytes;
  if (supported === "load") return { figures, error: null };
  const step = async (name, ...args) =>
    net(await timed(name, () => page.evaluate(([it, rest]) => globalThis.bench.step(it, ...rest), [name, args])));
  const rest = await run(aCase, step);
  return { figures: { ...figures, ...rest.figures }, error: rest.error };
}

/** Returns what is in use after everything unused was thrown away. */
async function memory(protocol) {
  await protocol.send("HeapProfiler.enable");
  for (let i = 0; i < 2; i++) await protocol.send("HeapProfiler.collectGarbage");
  const { usedSize, embedderHeapUsedSize } = await protocol.send("Runtime.getHeapUsage");
  await protocol.send("HeapProfiler.disable");
  return { script: usedSize, elements: embedderHeapUsedSize ?? 0 };
}
