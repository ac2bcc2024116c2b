/** Builds the pages and weighs them. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";

import vue from "@vitejs/plugin-vue";
import { build } from "vite";

import { ENKETO_WHOLE, settings, WEB_APP, WEB_APP_DEFINE } from "../lib/bundling.js";
import { DIST, HERE } from "../lib/places.js";
import { brotli } from "../lib/server.js";

const ANSWERS = "?answers";

/** Texts of what can be wrong with an answer: of all codes, the only ones a form alone can show. */
const answerCodes = {
  name: "answer-codes",
  enforce: "pre",
  async load(id) {
    if (!id.endsWith(`.json${ANSWERS}`)) return null;
    const all = Object.entries(JSON.parse(await readFile(id.slice(0, -ANSWERS.length), "utf8")));
    const kept = all.filter(([code]) => code.startsWith("answer."));
    return { code: `export default ${JSON.stringify(Object.fromEntries(kept))}`, moduleType: "js" };
  },
};

/** Lets the browser fetch engine and form while it still reads the script, as whoever knows what a page needs would. */
const preloads = {
  name: "preloads",
  transformIndexHtml: {
    order: "post",
    handler(_, { bundle }) {
      const wasm = Object.keys(bundle).filter((file) => file.endsWith(".wasm"));
      const links = [...wasm, "form.xml"].map((file) => ({ href: `./${file}`, rel: "preload", as: "fetch", crossorigin: "" }));
      return links.map((attrs) => ({ tag: "link", attrs, injectTo: "head" }));
    },
  },
};

const SPECIAL = {
  enketo: { alias: ENKETO_WHOLE },
  doorstep: { alias: WEB_APP, define: WEB_APP_DEFINE, plugins: [vue(), answerCodes, preloads] },
};

/** Builds a page with its form; returns the folder to serve. */
export async function buildPage(id, xform) {
  const outDir = join(DIST, "pages", id);
  await rm(outDir, { recursive: true, force: true });
  await build(settings({ root: join(HERE, "pages", id), outDir, ...SPECIAL[id] }));
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
