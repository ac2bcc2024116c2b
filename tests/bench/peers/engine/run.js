/**
 * The engine bench. Every run is a browser, or a Node process, of its own; contestants take turns, so that all meet the
 * same noise of the machine. Prints one table a case and the bars; keeps all figures in `dist/engine.json`.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { CASE_NAMES, makeCase } from "../forms/cases.js";
import { listed, readArguments } from "../lib/arguments.js";
import { DIST, ENGINE } from "../lib/places.js";
import { brotli, serve } from "../lib/server.js";
import { spread } from "../lib/statistics.js";
import { judge } from "./bars.js";
import { bundle } from "./bundle.js";
import { runInChromium } from "./chromium.js";
import { CONTESTANTS, LIGHT, runsIn } from "./contestants.js";
import { runInNode } from "./node.js";
import { barsTable, caseTable } from "./tables.js";

const ENVIRONMENTS = ["chromium", "node"];

const USAGE = "engine [--runs N] [--cases a,b] [--only a,b] [--env chromium,node]";
const asked = readArguments({ runs: "3", cases: "", only: "", env: "" }, USAGE);
const contestants = listed(asked.only, CONTESTANTS, "contestant");
const environments = listed(asked.env, ENVIRONMENTS, "environment");
const nRuns = Number(asked.runs);

const cases = [];
for (const name of listed(asked.cases, CASE_NAMES, "case")) {
  const made = await makeCase(name);
  if (made) cases.push(made);
  else console.error(`skipped: ${name}, its form is not on this machine`);
}

const folder = await bundle(environments.includes("chromium") ? contestants : [], cases);
const server = await serve(folder);
const results = {};
for (const environment of environments) {
  results[environment] = {};
  for (const aCase of cases) {
    const result = await measure(environment, aCase);
    results[environment][aCase.id] = result;
    console.log(caseTable(environment, aCase, result));
    await writeFile(join(DIST, "engine.json"), JSON.stringify(results, null, 1));
  }
}
server.close();
const engine = await brotli(join(ENGINE, "forms_bg.wasm"));
console.log(barsTable(judge(results, engine.length)));

/** Returns figures by contestant: `{ figures: {name: spread}, error, nRuns }`. */
async function measure(environment, aCase) {
  const able = contestants.filter((id) => runsIn(id, environment));
  const taking = able.filter((id) => !aCase.own || asked.only !== "" || LIGHT.includes(id));
  const runs = new Map(taking.map((id) => [id, []]));
  for (let turn = 1; turn <= nRuns; turn++) {
    for (const [id, done] of runs) {
      // Who cannot do the case, or failed at it twice, need not try again.
      if (done.some((it) => it.skipped) || done.filter((it) => it.error).length > 1) continue;
      const result = environment === "node" ? await runInNode(id, aCase) : await runInChromium(server.url, id, aCase);
      done.push(result);
      console.error(`${environment} ${aCase.id} ${turn}/${nRuns} ${id}: ${told(result)}`);
    }
  }
  const taken = [...runs].filter(([, done]) => !done.some((it) => it.skipped));
  return Object.fromEntries(taken.map(([id, done]) => [id, summary(done)]));
}

function summary(done) {
  const names = [...new Set(done.flatMap((it) => Object.keys(it.figures)))];
  const figures = names.map((name) => [name, spread(done.map((it) => it.figures[name]).filter((it) => it !== undefined))]);
  return { figures: Object.fromEntries(figures), error: done.find((it) => it.error)?.error ?? null, nRuns: done.length };
}

function told({ skipped, error, figures }) {
  if (skipped) return "cannot";
  const cpu = Object.entries(figures).filter(([name]) => name.endsWith("CPU"));
  return [cpu.map(([name, ms]) => `${name.replace(", CPU", "")} ${ms.toPrecision(3)}`).join("; "), error].filter(Boolean).join(" — ");
}
