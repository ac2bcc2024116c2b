/**
 * Workbooks: what pyxform needs to convert them, and what we need to convert and to compile them, natively and in
 * Chromium: from a file's bytes to the XForm that is published, with every error that would keep it from being
 * published, and to the compiled form. Advice is measured beside it. Contestants take turns, so that all meet the same noise of the machine; a process's start is no part of any
 * figure. CPU time decides. Keeps all figures in `dist/xlsform.json`.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";

import { table } from "../engine/tables.js";
import { readArguments } from "../lib/arguments.js";
import { DIST, ROOT, SHARED } from "../lib/places.js";
import { median, range, spread, time, times } from "../lib/statistics.js";
import { measureInChromium } from "./chromium.js";

const WHO = join(SHARED, "conformance", "forms", "web-forms", "preview-service__xlsforms__whova_form.xlsx");
const PACK = join(ROOT, "server", "packs", "community", "forms");

/** Tables made to see growth, natively alone: `bench-xlsform`'s options. */
const GROWING = ["--questions", "1000,10000", "--choices", "10000,100000"];

/** What conversion and compilation consist of, as `bench-xlsform` tells it. */
const STEPS = ["read", "convert", "compile"];

/** How many times faster than pyxform we want to be on the WHO's form. */
const WANTED = 50;

const asked = readArguments({ runs: "7", turns: "3", native: "", python: "" }, "xlsform --native PROGRAM [--python PROGRAM] [--runs N] [--turns N]");
const pack = (await readdir(PACK)).filter((it) => it.endsWith(".xlsx")).sort().map((it) => join(PACK, it));
if (!existsSync(WHO)) console.error("skipped: the WHO's form is not on this machine");
if (asked.python === "") console.error("skipped: pyxform is not installed (cargo xtask setup)");
const files = [...(existsSync(WHO) ? [WHO] : []), ...pack];

const contestants = {
  ...(asked.python === "" ? {} : { pyxform: (runs) => printed(asked.python, [join(ROOT, "tests", "pyxform", "measure.py"), runs, ...files]) }),
  native: (runs) => printed(asked.native, ["--runs", runs, ...files]),
  chromium: (runs) => measureInChromium(files, Number(runs)),
};

/** By contestant, by workbook: milliseconds of CPU time and of the clock, of all turns; ours of each step, and with advice. */
const figures = {};
for (let turn = 1; turn <= Number(asked.turns); turn++) {
  for (const [id, measure] of Object.entries(contestants)) {
    const byFile = (figures[id] ??= {});
    for (const { workbook, parts = {}, ...measured } of await measure(asked.runs)) {
      const all = (byFile[workbook] ??= {});
      for (const [name, ms] of Object.entries({ ...measured, ...parts })) (all[name] ??= []).push(...ms);
    }
    console.error(`turn ${turn}/${asked.turns}: ${id}`);
  }
}
const growing = await printed(asked.native, ["--runs", "5", ...GROWING]);
await mkdir(DIST, { recursive: true });
await writeFile(join(DIST, "xlsform.json"), JSON.stringify({ figures, growing }, null, 1));

console.log(`\nCPU time, median (range) of ${asked.turns} turns; how many times pyxform's\n`);
console.log(table(["workbook", ...Object.keys(contestants)], files.map(row)));
if (figures.pyxform) console.log(`\n${summary()}`);
console.log(`\nOf it natively, each step by itself; and what the desk asks for, which gives advice besides\n`);
console.log(table(["workbook", ...STEPS, "checked", "checked in Chromium"], files.map(steps)));
console.log(`\n${table(["made here, native", "CPU time"], growing.map((it) => [it.workbook, range(spread(it.cpu_ms), time)]))}`);

function row(file) {
  const theirs = median(figures.pyxform?.[file]?.cpu_ms ?? []);
  const cells = Object.entries(figures).map(([id, byFile]) => {
    const own = spread(byFile[file].cpu_ms);
    return range(own, time) + (id === "pyxform" || theirs === null ? "" : ` · ${times(theirs / own.median)}`);
  });
  return [name(file), ...cells];
}

function steps(file) {
  const shown = (ms) => (ms ? range(spread(ms), time) : "–");
  const { native, chromium } = figures;
  return [name(file), ...[...STEPS, "checked"].map((it) => shown(native[file][it])), shown(chromium[file].checked)];
}

function name(file) {
  return basename(file, ".xlsx").replace(/.*__/u, "");
}

function summary() {
  const ratio = (id, file) => median(figures.pyxform[file].cpu_ms) / median(figures[id][file].cpu_ms);
  return ["native", "chromium"].map((id) => {
    const packs = pack.map((it) => ratio(id, it));
    const told = [`${id}: the pack ${times(median(packs))} (${times(Math.min(...packs))}–${times(Math.max(...packs))})`];
    if (files.includes(WHO)) told.push(`the WHO's form ${times(ratio(id, WHO))}, wanted ${WANTED}×: ${ratio(id, WHO) >= WANTED ? "held" : "NOT HELD"}`);
    return told.join("; ");
  }).join("\n");
}

/** Runs a program that prints one JSON text a line. */
async function printed(program, args) {
  const { stdout } = await promisify(execFile)(program, args, { cwd: ROOT, maxBuffer: 1 << 26 });
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}
