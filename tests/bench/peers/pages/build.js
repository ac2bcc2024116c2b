/** Builds the pages and weighs them. */
import { copyFile, readdir, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";

import { build } from "vite";

import { ENKETO_WHOLE, settings } from "../lib/bundling.js";
import { DIST, HERE, ROOT } from "../lib/places.js";
import { brotli } from "../lib/server.js";

/** Builds our element as it is published, and puts the page that uses it beside it. */
async function buildElement(outDir) {
  await build({ configFile: join(ROOT, "web", "vite", "element.config.ts"), logLevel: "error", build: { outDir, emptyOutDir: true } });
  await copyFile(join(HERE, "pages", "doorstep", "index.html"), join(outDir, "index.html"));
}

/** Builds a page with its form; returns the folder to serve. */
export async function buildPage(id, xform) {
  const outDir = join(DIST, "pages", id);
  await rm(outDir, { recursive: true, force: true });
  if (id === "doorstep") await buildElement(outDir);
  else await build(settings({ root: join(HERE, "pages", id), outDir, alias: id === "enketo" ? ENKETO_WHOLE : {} }));
  await writeFile(join(outDir, "form.xml"), xform);
  for (const file of await filesIn(outDir)) await brotli(file);
  return outDir;
}

/** Returns what the files of a page weigh as they travel, by kind; the form itself apart. */
export async function weigh(folder) {
  const sum = {};
  for (const file of await filesIn(folder)) {
    const kind = file.endsWith("form.xml") ? "form" : extname(file).slice(1);
    sum[kind] = (sum[kind] ?? 0) + (await brotli(file)).length;
  }
  return sum;
}

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((it) => it.isFile()).map((it) => join(it.parentPath ?? it.path, it.name));
}
