/**
 * Fails when the volunteer's first load is over budget. What counts is everything the service worker fetches at the
 * first visit (page, scripts, styles, engine), Brotli-compressed; pictures count as they are.
 */
import { existsSync, readFileSync, statSync } from "node:fs";

const BUDGET_BYTES = 300 * 1024;
const dist = new URL("../dist/", import.meta.url);

const sizeOf = (name) => {
  const compressed = new URL(`${name}.br`, dist);
  return statSync(existsSync(compressed) ? compressed : new URL(name, dist)).size;
};

const worker = readFileSync(new URL("sw.js", dist), "utf8");
const names = [...worker.matchAll(/url:\s*"([^"]+)"/g)].map((match) => match[1]);
const files = [...new Set(names)].map((name) => ({ name, bytes: sizeOf(name) })).sort((a, b) => b.bytes - a.bytes);
const total = files.reduce((sum, file) => sum + file.bytes, 0);

for (const file of files) console.log(`${String(file.bytes).padStart(8)}  ${file.name}`);
console.log(`${String(total).padStart(8)}  first load, of ${BUDGET_BYTES} bytes`);

if (files.length < 4) fail("the service worker lists too few files; was the build complete?");
if (!names.some((name) => name.endsWith(".wasm"))) {
  console.warn("warning: no engine in this build; run `cargo xtask wasm` first, or nobody can fill in a form");
}
if (total > BUDGET_BYTES) fail(`first load is ${total - BUDGET_BYTES} bytes over budget`);

function fail(why) {
  console.error(why);
  process.exit(1);
}
