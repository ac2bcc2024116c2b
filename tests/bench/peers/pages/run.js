/**
 * The page bench: how much travels, and how long it takes until the first page of the doorstep form can be used, on this
 * machine and on a slow phone. Pages take turns. Prints two tables and the bar; keeps all figures in `dist/pages.json`.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { table } from "../engine/tables.js";
import { makeCase } from "../forms/cases.js";
import { listed, readArguments } from "../lib/arguments.js";
import { DIST } from "../lib/places.js";
import { bytes, range, spread, time } from "../lib/statistics.js";
import { buildPage, weigh } from "./build.js";
import { visitPage } from "./visit.js";

const PAGES = ["doorstep", "getodk-web-forms", "enketo", "floor"];
const perSecond = (megabits) => (megabits * 1e6) / 8;
const SLOW_PHONE = "processor 4× slower, slow 4G";
/** "Slow 4G": 400 ms for each round trip, 1.6 Mbit/s down, 0.75 up. */
const CONDITIONS = {
  "this machine": { cpu: 1, network: { latency: 0, downloadThroughput: -1, uploadThroughput: -1 } },
  [SLOW_PHONE]: { cpu: 4, network: { latency: 400, downloadThroughput: perSecond(1.6), uploadThroughput: perSecond(0.75) } },
};
const WANTED_MS = 3_000;

const asked = readArguments({ runs: "3", only: "" }, "pages [--runs N] [--only a,b]");
const pages = listed(asked.only, PAGES, "page");
const { xml } = await makeCase("doorstep");

const folders = {};
for (const id of pages) folders[id] = await buildPage(id, xml);
await tellWeights();
const results = {};
for (const [name, condition] of Object.entries(CONDITIONS)) {
  results[name] = await measure(name, condition);
  tellTimes(name, results[name]);
}
await writeFile(join(DIST, "pages.json"), JSON.stringify(results, null, 1));
tellBar(results[SLOW_PHONE].doorstep);

async function measure(name, condition) {
  const done = Object.fromEntries(pages.map((id) => [id, []]));
  for (let turn = 1; turn <= Number(asked.runs); turn++) {
    for (const id of pages) {
      const { figures, error } = await visitPage(folders[id], condition);
      console.error(`${name} ${id} ${turn}/${asked.runs}: ${error ?? time(figures["first page usable"])}`);
      if (!error) done[id].push(figures);
    }
  }
  const summary = (runs) => Object.fromEntries(Object.keys(runs[0] ?? {}).map((it) => [it, spread(runs.map((run) => run[it]))]));
  return Object.fromEntries(pages.map((id) => [id, summary(done[id])]));
}

async function tellWeights() {
  const weights = await Promise.all(pages.map((id) => weigh(folders[id])));
  const kinds = [...new Set(weights.flatMap(Object.keys))].sort();
  const rows = pages.map((id, i) => [id, ...kinds.map((kind) => bytes(weights[i][kind]))]);
  console.log(`### what is built, in Brotli\n\n${table(["page", ...kinds], rows)}`);
}

function tellTimes(name, byPage) {
  const figures = [...new Set(pages.flatMap((id) => Object.keys(byPage[id])))];
  const tell = (figure) => (figure.endsWith("bytes") ? bytes : figure === "requests" ? String : time);
  const rows = figures.map((figure) => [figure, ...pages.map((id) => range(byPage[id][figure], tell(figure)))]);
  console.log(`\n### ${name}\n\n${table(["median (range)", ...pages], rows)}`);
}

function tellBar(ours) {
  const usable = ours?.["first page usable"]?.median;
  if (usable === undefined) return;
  const held = usable <= WANTED_MS ? "yes" : "**no**";
  console.log(`\n## Bars\n\n${table(["bar", "wanted", "measured", "held"], [["first page usable on a slow phone", `≤ ${time(WANTED_MS)}`, time(usable), held]])}`);
}
