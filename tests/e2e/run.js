/**
 * Runs the journeys: `npm test`, or `npm test -- WORD…` for those whose name holds one of the words.
 *
 * Two files at a time, each with a server and a browser of its own; what they share is a community set up once.
 */
import { once } from "node:events";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

import { prepareTemplate, TEMPLATE } from "./fixture/community.js";
import { HERE, OUTPUT, ROOT } from "./fixture/paths.js";
import * as program from "./fixture/process.js";

const words = process.argv.slice(2);
const specs = join(HERE, "specs");
const files = (await readdir(specs)).filter((it) => it.endsWith(".test.js")).sort();
/** A word that is in a file's name picks the file; any other picks tests. */
const chosen = files.filter((it) => words.some((word) => it.includes(word)));
const patterns = words.filter((word) => !files.some((it) => it.includes(word)));

await rm(OUTPUT, { recursive: true, force: true });
await mkdir(OUTPUT, { recursive: true });
if (!process.env.DOORSTEP_BIN) {
  await program.run("cargo", ["build", "--quiet", "--package", "doorstep", "--package", "doorstep-tests", "--bins"], { cwd: ROOT });
}
const template = await prepareTemplate();
process.env[TEMPLATE] = template;
const stream = run({
  files: (chosen.length > 0 ? chosen : files).map((it) => join(specs, it)),
  concurrency: 2,
  timeout: 600_000,
  ...(patterns.length > 0 ? { testNamePatterns: patterns.map((it) => new RegExp(escaped(it), "u")) } : {}),
});
stream.on("test:fail", () => (process.exitCode = 1));
stream.compose(spec).pipe(process.stdout);
await once(stream, "close");
await rm(template, { recursive: true, force: true });

function escaped(word) {
  return word.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");
}
