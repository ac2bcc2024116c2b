/** The process that `node.js` starts: loads the contestant, does the case, prints one line. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { needsDom } from "./contestants.js";
import { load, reason, run, steps } from "./script.js";

/** What a contestant made for browsers takes from jsdom. */
const DOM = [
  ...["Attr", "CDATASection", "Comment", "CustomEvent", "DOMParser", "Document", "DocumentFragment", "Element", "Event"],
  ...["HTMLElement", "MutationObserver", "NamedNodeMap", "Node", "NodeFilter", "NodeList", "ProcessingInstruction", "Text"],
  ...["XMLDocument", "XMLSerializer", "XPathEvaluator", "XPathResult", "document"],
];

async function giveDom() {
  const { JSDOM } = await import("jsdom");
  const { window } = new JSDOM("<!doctype html><body></body>", { url: "http://localhost/" });
  for (const name of DOM) globalThis[name] = window[name];
  // @getodk/xforms-engine 0.22.0 as published expects these of CommonJS.
  globalThis.require = createRequire(import.meta.url);
  globalThis.__dirname = process.cwd();
}

async function measure([id, casePath]) {
  if (needsDom(id)) await giveDom();
  const { default: contestant } = await import(`../contestants/${id}.js`);
  const aCase = JSON.parse(readFileSync(casePath, "utf8"));
  const supported = contestant.supports(aCase);
  if (!supported) return { skipped: true };
  const wasmBytes = () => contestant.wasmBytes?.() ?? 0;
  const [heapBefore, wasmBefore] = [await heap(), wasmBytes()];
  const { session, ms, cpuMs } = await timed(() => load(contestant, aCase));
  const script = (await heap()) - heapBefore;
  const figures = { "load, CPU": cpuMs, "load, wall": ms, "memory of JavaScript": script, "memory of wasm": wasmBytes() };
  figures.memory = script + wasmBytes() - wasmBefore;
  if (supported === "load") return { figures, error: null };
  const rest = await run(aCase, (name, ...args) => timed(() => steps[name](session, aCase, ...args)));
  return { figures: { ...figures, ...rest.figures }, error: rest.error };
}

/** Returns what the work returns, with the CPU time of the whole process. */
async function timed(work) {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { ...result, cpuMs: (user + system) / 1_000 };
}

/** What one collection frees may let go of more at the next turn. */
async function heap() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
  return process.memoryUsage().heapUsed;
}

const result = await measure(process.argv.slice(2)).catch((error) => ({ figures: {}, error: reason(error) }));
// Only once it is written: a pipe may take its time, and jsdom's timers would keep the process.
process.stdout.write(`RESULT ${JSON.stringify(result)}\n`, () => process.exit(0));
