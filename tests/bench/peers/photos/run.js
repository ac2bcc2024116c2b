/**
 * Photos of 12 megapixels made small: ours with its checks and each of its fallbacks, beside libraries and a bare canvas,
 * in one run. Contestants take turns, each in a browser of its own. Keeps all figures in `dist/photos.json`.
 */
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { build } from "vite";

import { table } from "../engine/tables.js";
import { listed, readArguments } from "../lib/arguments.js";
import { openBrowser } from "../lib/browser.js";
import { settings } from "../lib/bundling.js";
import { DIST, HERE, ROOT } from "../lib/places.js";
import { serve } from "../lib/server.js";
import { bytes, median, range, spread, time } from "../lib/statistics.js";
import { judge } from "./bars.js";
import { lumaOf, ssim } from "./likeness.js";
import { longestTask, timed } from "./measure.js";
import { asTheyAre, makePhotographs, others, PHOTOGRAPHS } from "./photographs.js";

const OUT = join(DIST, "photos");
const asked = readArguments({ runs: "5", only: "", pictures: "", photographs: "" }, "photos [--runs N] [--only CONTESTANT,…] [--pictures FILE,…] [--photographs FILE,…]");

await rm(OUT, { recursive: true, force: true });
const base = settings({ root: join(HERE, "photos"), outDir: OUT, alias: { "@": join(ROOT, "web", "src") } });
await build({ ...base, worker: { format: "es" } });
await copyFile(join(HERE, "node_modules", "browser-image-compression", "dist", "browser-image-compression.js"), join(OUT, "browser-image-compression.js"));
const server = await serve(OUT);

const darkroom = await openBrowser();
const page = await darkroom.newPage();
await page.goto(server.url);
await page.waitForFunction(() => globalThis.bench);
const names = listed(asked.only, await page.evaluate(() => globalThis.bench.names), "contestant");
const paths = (list) => list.split(",").filter((it) => it !== "");
const given = [...others(paths(asked.pictures)), ...asTheyAre(paths(asked.photographs))];
const photographs = await makePhotographs(page, OUT, given.length > 0 ? given : PHOTOGRAPHS);

/** By photograph, by contestant: all measurements. */
const all = {};
for (let run = 1; run <= Number(asked.runs); run++) {
  for (const photograph of photographs) {
    for (const name of names) {
      const kept = ((all[photograph.id] ??= {})[name] ??= { wall_ms: [], cpu_ms: [], peak_bytes: [], task_ms: [] });
      const { jpeg, ...figures } = await timed(server.url, name, photograph.path);
      for (const [figure, value] of Object.entries(figures)) kept[figure].push(value);
      kept.task_ms.push(await longestTask(server.url, name, photograph.path));
      Object.assign(kept, await looks(jpeg, photograph.reference));
      console.error(`run ${run}/${asked.runs}: ${photograph.id}, ${name}: ${time(figures.wall_ms)}`);
    }
  }
}
for (const { id, path, reference } of photographs) {
  const { ours, canvas } = all[id];
  if (ours && canvas) canvas.ssim_within_ours = (await looks(await canvasWithin(path, ours.size_bytes), reference)).ssim;
}
await darkroom.close();
server.close();
await mkdir(DIST, { recursive: true });
await writeFile(join(DIST, "photos.json"), JSON.stringify(all, null, 1));

let isHeld = true;
for (const { id, size_bytes } of photographs) {
  console.log(`\n${id}: ${bytes(size_bytes)}; median (range) of ${asked.runs} runs\n`);
  console.log(table(["", "time", "CPU", "longest task", "peak memory", "file", "pixels", "SSIM"], names.map((name) => row(name, all[id][name]))));
  const bars = judge(Object.fromEntries(names.map((name) => [name, medians(all[id][name])])));
  console.log(`\n${table(["wanted", "", "measured", ""], bars.map((it) => [it.name, it.wanted, it.measured, it.held === null ? "–" : it.held ? "held" : "NOT HELD"]))}`);
  isHeld &&= bars.every((it) => it.held !== false);
}
if (!isHeld) {
  console.error("\nnot all that is wanted was held");
  process.exitCode = 1;
}

/** Returns what the canvas makes of a photograph in no more bytes. */
async function canvasWithin(path, most) {
  await page.evaluate(async ([file, bytes]) => {
    await globalThis.bench.prepare("canvas", file);
    await globalThis.bench.measureCanvasWithin(bytes);
  }, [path, most]);
  return page.evaluate(() => globalThis.bench.encoded());
}

/** Returns size and likeness of a result. */
async function looks(jpeg, reference) {
  const { width, height } = reference;
  const it = await page.evaluate(lumaOf, { jpeg, width, height });
  const likeness = ssim(Buffer.from(it.luma, "base64"), reference.luma, width, height);
  return { size_bytes: Buffer.from(jpeg, "base64").length, width: it.width, height: it.height, ssim: likeness };
}

function medians({ wall_ms, cpu_ms, peak_bytes, task_ms, ...rest }) {
  return { ...rest, wall_ms: median(wall_ms), cpu_ms: median(cpu_ms), peak_bytes: median(peak_bytes), task_ms: median(task_ms) };
}

function row(name, it) {
  const told = [range(spread(it.wall_ms), time), time(median(it.cpu_ms)), time(median(it.task_ms)), bytes(median(it.peak_bytes))];
  return [name, ...told, bytes(it.size_bytes), `${it.width} × ${it.height}`, it.ssim.toFixed(3)];
}
