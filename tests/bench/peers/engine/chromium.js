/** One run of one contestant on one case in a Chromium of its own. */
import { mainThreadClock, openBrowser, within } from "../lib/browser.js";
import { median } from "../lib/statistics.js";
import { reason, run } from "./script.js";

/** No step may take longer. */
const LIMIT_MS = 180_000;

/** How often the web app opens its small form before the first visit (`web/src/engine/warm-up.ts`). */
const WARM_UPS = 4;

/** Returns `{figures, error}`, or `{skipped}` where the contestant cannot do the case at all. */
export async function runInChromium(url, contestant, aCase) {
  const result = await inBrowser((page) => measure(page, url, contestant, aCase));
  if (result.skipped || result.error) return result;
  const warm = await inBrowser((page) => measureWarm(page, url, contestant, aCase));
  return { figures: { ...result.figures, ...warm.figures }, error: warm.error };
}

async function inBrowser(work) {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const thrown = [];
    page.on("pageerror", (error) => thrown.push(error.message.slice(0, 200)));
    const result = await work(page);
    if (result.error && thrown.length > 0) result.error += ` (${thrown[0]})`;
    return result;
  } catch (error) {
    return { figures: {}, error: reason(error) };
  } finally {
    await browser.close();
  }
}

/** Opens the bench's page; returns what it says of the case, and how to time a call, less what calling takes by itself. */
async function opened(page, url, contestant, aCase) {
  const protocol = await page.context().newCDPSession(page);
  const clock = await mainThreadClock(protocol);
  await page.goto(url);
  await page.waitForFunction(() => globalThis.bench);
  const paths = [`/${contestant}/contestant.js`, `/cases/${aCase.id}.json`];
  const supported = await page.evaluate(([module, form]) => globalThis.bench.prepare(module, form), paths);

  const timed = async (what, call) => {
    const before = await clock();
    const result = await within(LIMIT_MS, what, call());
    return { ...result, cpuMs: (await clock()) - before };
  };
  const calling = async () => {
    const idle = [];
    for (let i = 0; i < 5; i++) idle.push((await timed("nothing", () => page.evaluate(() => globalThis.bench.step("nothing")))).cpuMs);
    return median(idle);
  };
  return { protocol, supported, timed, calling };
}

/** The same load once more, in a browser where the small form was opened before. */
async function measureWarm(page, url, contestant, aCase) {
  const { timed, calling } = await opened(page, url, contestant, aCase);
  await within(LIMIT_MS, "warming up", page.evaluate((times) => globalThis.bench.warmUp(times), WARM_UPS));
  const call = await calling();
  const { cpuMs } = await timed("loading", () => page.evaluate(() => globalThis.bench.load()));
  return { figures: { "load after a small form, CPU": Math.max(0, cpuMs - call) }, error: null };
}

async function measure(page, url, contestant, aCase) {
  const { protocol, supported, timed, calling } = await opened(page, url, contestant, aCase);
  if (!supported) return { skipped: true };
  const call = await calling();
  const net = ({ cpuMs, ...rest }) => ({ ...rest, cpuMs: Math.max(0, cpuMs - call) });

  await memory(protocol); // Makes everything old.
  await page.evaluate(() => globalThis.bench.moveText());
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
