/**
 * Fails when the volunteer's first load is over budget. First load is everything the page needs until somebody can fill
 * in a form: page, scripts, styles, icon, worker and engine, Brotli-compressed. What is fetched afterwards (other
 * languages, signatures) is told apart.
 */
import { existsSync, readFileSync, statSync } from "node:fs";

const BUDGET_BYTES = 300 * 1024;
/** Of single files, wherever they are fetched. */
const FILE_BUDGETS_BYTES = { forms_bg: 170_000, evidence_bg: 40 * 1024, darkroom_bg: 40 * 1024 };
const dist = new URL("../dist/", import.meta.url);

const sizeOf = (name) => {
  const compressed = new URL(`${name}.br`, dist);
  return statSync(existsSync(compressed) ? compressed : new URL(name, dist)).size;
};

const worker = readFileSync(new URL("sw.js", dist), "utf8");
const names = [...new Set([...worker.matchAll(/url:\s*"([^"]+)"/g)].map((match) => match[1]))];
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const later = laterFiles(manifest, "index.html");

const sum = (files) => files.reduce((total, name) => total + sizeOf(name), 0);
const show = (files) => {
  for (const name of [...files].sort((a, b) => sizeOf(b) - sizeOf(a))) console.log(`${String(sizeOf(name)).padStart(8)}  ${name}`);
};
// What the engine's worker imports is not in the page's manifest; these are for the forms that ask for them.
const isLater = (name) => later.has(name) || /\/(darkroom|encryption|evidence|photo\.worker|signatures)[-_]/.test(name);
const first = names.filter((name) => !isLater(name));
const rest = names.filter(isLater);

show(first);
console.log(`${String(sum(first)).padStart(8)}  first load, of ${BUDGET_BYTES} bytes`);
show(rest);
console.log(`${String(sum(rest)).padStart(8)}  fetched afterwards`);

if (first.length < 4) fail("the service worker lists too few files; was the build complete?");
if (!names.some((name) => name.endsWith(".wasm"))) {
  console.warn("warning: no engine in this build; run `cargo xtask wasm` first, or nobody can fill in a form");
}
if (sum(first) > BUDGET_BYTES) fail(`first load is ${sum(first) - BUDGET_BYTES} bytes over budget`);
for (const [file, most] of Object.entries(FILE_BUDGETS_BYTES)) {
  const name = names.find((it) => it.includes(file));
  if (name && sizeOf(name) > most) fail(`${name} is ${sizeOf(name) - most} bytes over its budget`);
}

/** Returns the files that a page reaches only by way of a dynamic import. */
function laterFiles(manifest, page) {
  const filesFrom = (starts, follow) => {
    const seen = new Set();
    const waiting = [...starts];
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      if (seen.has(key)) continue;
      seen.add(key);
      waiting.push(...follow(manifest[key] ?? {}));
    }
    return new Set([...seen].flatMap((key) => [manifest[key]?.file, ...(manifest[key]?.css ?? [])]));
  };
  const atOnce = filesFrom([page], (it) => it.imports ?? []);
  const ever = filesFrom([page], (it) => [...(it.imports ?? []), ...(it.dynamicImports ?? [])]);
  return new Set([...ever].filter((file) => !atOnce.has(file)));
}

function fail(why) {
  console.error(why);
  process.exit(1);
}
