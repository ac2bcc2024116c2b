/** Our converter in a Chromium of its own, as the desk loads it: workbook in, compiled form out. */
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { mainThreadClock, openBrowser } from "../lib/browser.js";
import { DIST, ENGINE } from "../lib/places.js";
import { median } from "../lib/statistics.js";
import { serve } from "../lib/server.js";

const N_WARM_UP = 3;
/**
 * How long the first workbook is converted before anything counts. The browser's compiler makes the code fast in the
 * background while it runs, and takes the processor from it meanwhile; nothing else that is measured here is compiled as
 * it runs.
 */
const WARM_UP_MS = 2_000;

/**
 * Returns `{ workbook, cpu_ms, wall_ms, checked }` of each file; CPU time is that of the main thread, a run's share of all
 * runs. `checked` is the CPU time of the call that the desk makes, which gives advice besides.
 */
export async function measureInChromium(files, runs) {
  const folder = join(DIST, "xlsform");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of ["xlsform.js", "xlsform_bg.wasm"]) await cp(join(ENGINE, name), join(folder, name));
  for (const file of files) await cp(file, join(folder, basename(file)));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>xlsform</title>");
  const server = await serve(folder);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const clock = await mainThreadClock(await page.context().newCDPSession(page));
    await page.goto(`${server.url}/`);
    await page.evaluate(prepare);
    const found = [];
    await page.evaluate((name) => globalThis.open(name), basename(files[0]));
    await page.evaluate((ms) => ["convert", "check"].forEach((call) => globalThis.warmUp(call, ms / 2)), WARM_UP_MS);
    for (const file of files) {
      const timed = async (n, call = "convert") => {
        const before = await clock();
        const wall_ms = await page.evaluate(([name, it]) => globalThis.repeat(name, it), [call, n]);
        return { cpuMs: (await clock()) - before, wall_ms };
      };
      await page.evaluate((name) => globalThis.open(name), basename(file));
      await timed(N_WARM_UP);
      const idle = [];
      for (let i = 0; i < 5; i++) idle.push((await timed(0)).cpuMs);
      const { cpuMs, wall_ms } = await timed(runs);
      await timed(N_WARM_UP, "check");
      const checked = await timed(runs, "check");
      const share = (ms) => [(ms - median(idle)) / runs];
      found.push({ workbook: file, cpu_ms: share(cpuMs), wall_ms, checked: share(checked.cpuMs) });
    }
    return found;
  } finally {
    await browser.close();
    server.close();
  }
}

/** In the page: loads the converter. Stands alone, for it is sent there as text. */
async function prepare() {
  const engine = await import("/xlsform.js");
  await engine.default({ module_or_path: "/xlsform_bg.wasm" });
  let workbook;
  let stem;
  globalThis.open = async (name) => {
    stem = name.replace(/\.xlsx$/u, "");
    workbook = new Uint8Array(await (await fetch(name)).arrayBuffer());
  };
  const calls = {
    convert: () => engine.convertWorkbook(workbook, stem),
    check: () => engine.tryWorkbook(workbook, stem, "[]"),
  };
  /** Takes everything over: what was said, and the text, which is whole once a character of it was asked for. */
  const taken = (made) => {
    JSON.parse(made.said());
    const xform = made.takeXform();
    made.free();
    return xform?.charCodeAt(0) === "<".charCodeAt(0);
  };
  globalThis.warmUp = (call, ms) => {
    const begun = performance.now();
    while (performance.now() - begun < ms) globalThis.repeat(call, 1);
  };
  globalThis.repeat = (call, n) => {
    const wall = [];
    for (let i = 0; i < n; i++) {
      const begun = performance.now();
      const made = taken(calls[call]());
      wall.push(performance.now() - begun);
      if (!made) throw new Error(`${stem} is no form`);
    }
    return wall;
  };
}
