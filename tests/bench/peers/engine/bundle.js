/** Builds what the browser loads: a bundle of each contestant, the page, the cases. */
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { build } from "vite";

import { ENKETO_ALONE, settings } from "../lib/bundling.js";
import { DIST, HERE, WARM_UP } from "../lib/places.js";

const FOLDER = join(DIST, "engine");
const PAGE = '<!doctype html><meta charset="utf-8"><title>bench</title><body><script type="module" src="/page.js"></script>';

/** Builds everything; returns the folder to serve. Node reads the cases from there too. */
export async function bundle(contestants, cases) {
  await rm(FOLDER, { recursive: true, force: true });
  for (const id of contestants) {
    const lib = { entry: join(HERE, "contestants", `${id}.js`), formats: ["es"], fileName: () => "contestant.js" };
    await build(settings({ root: HERE, outDir: join(FOLDER, id), alias: ENKETO_ALONE, lib }));
  }
  for (const file of ["page.js", "script.js"]) await cp(join(HERE, "engine", file), join(FOLDER, file));
  await writeFile(join(FOLDER, "index.html"), PAGE);
  await cp(WARM_UP, join(FOLDER, "warm-up.xml"));
  await mkdir(join(FOLDER, "cases"), { recursive: true });
  for (const it of cases) await writeFile(join(FOLDER, "cases", `${it.id}.json`), JSON.stringify(it));
  return FOLDER;
}
