/** One photo by one contestant in a Chromium of its own: time, CPU, memory, the main thread's longest task, the result. */
import { readFile, writeFile } from "node:fs/promises";

import { openBrowser, within } from "../lib/browser.js";

const LIMIT_MS = 120_000;
/** How long a person aims while the worker loads, and how long the page then rests. */
const AIMING_MS = 1_500;
/** How long the page computes to be told from other processes. */
const BUSY_MS = 250;
/** Clock ticks a second, of Linux. */
const TICKS = 100;

/** Returns `{ wall_ms, cpu_ms, peak_bytes, jpeg }`; memory is the renderer's over what it had just before. */
export async function timed(url, name, path) {
  return inBrowser(url, name, path, async ({ page, pid }) => {
    const before = await usage(pid);
    // Makes the kernel count the peak from now on.
    await writeFile(`/proc/${pid}/clear_refs`, "5");
    const wall_ms = await page.evaluate(() => globalThis.bench.measure());
    const after = await usage(pid);
    const jpeg = await page.evaluate(() => globalThis.bench.encoded());
    return { wall_ms, cpu_ms: after.cpu_ms - before.cpu_ms, peak_bytes: after.peak_bytes - before.now_bytes, jpeg };
  });
}

/** Returns the longest task of the page's main thread, in milliseconds. */
export async function longestTask(url, name, path) {
  return inBrowser(url, name, path, async ({ browser, page }) => {
    await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"] });
    await page.evaluate(() => globalThis.bench.measure());
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    // Other pages of the browser are empty and do nothing.
    const threads = traceEvents.filter((it) => it.name === "thread_name" && it.args.name === "CrRendererMain").map((it) => `${it.pid} ${it.tid}`);
    const tasks = traceEvents.filter((it) => it.name === "RunTask" && it.dur && threads.includes(`${it.pid} ${it.tid}`));
    if (tasks.length === 0) throw new Error(`the trace of ${traceEvents.length} events has no task of a page's main thread`);
    return Math.max(...tasks.map((it) => it.dur)) / 1_000;
  });
}

async function inBrowser(url, name, path, work) {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction(() => globalThis.bench);
    await page.evaluate(([it, file]) => globalThis.bench.prepare(it, file), [name, path]);
    await page.waitForTimeout(AIMING_MS);
    const pid = await rendererOf(browser, page);
    return await within(LIMIT_MS, name, work({ browser, page, pid }));
  } finally {
    await browser.close();
  }
}

/** Returns the process that computes when the page does: a browser keeps others, empty ones among them. */
async function rendererOf(browser, page) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const ids = processInfo.filter((it) => it.type === "renderer").map((it) => it.id);
  const before = await Promise.all(ids.map(usage));
  await page.evaluate((ms) => {
    for (const begun = performance.now(); performance.now() < begun + ms; );
  }, BUSY_MS);
  const used = (await Promise.all(ids.map(usage))).map((it, at) => it.cpu_ms - before[at].cpu_ms);
  return ids[used.indexOf(Math.max(...used))];
}

async function usage(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const bytes = (field) => Number(new RegExp(`${field}:\\s+(\\d+) kB`, "u").exec(status)[1]) * 1024;
  const stat = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /u, "").split(" ");
  return { cpu_ms: ((Number(stat[11]) + Number(stat[12])) / TICKS) * 1_000, now_bytes: bytes("VmRSS"), peak_bytes: bytes("VmHWM") };
}
