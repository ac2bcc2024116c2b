/** Leaves of the emitted types in `kit/dist/types` what the kit's two modules tell of, with addresses that hold anywhere. */
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

const folder = new URL("../kit/dist/types/", import.meta.url);
const kept = ["element/doorstep-form.d.ts", "element/engine.d.ts", "engine/types.d.ts"];

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const file = `${entry.parentPath}/${entry.name}`;
  if (entry.isFile() && !kept.some((it) => file.endsWith(it))) rmSync(file);
}
for (const name of kept) {
  const file = new URL(name, folder);
  const text = readFileSync(file, "utf8").replaceAll(/ from "(@\/|\.\/)(.*?)"/g, (_, root, path) => ` from "${root === "@/" ? "../" : "./"}${path}.js"`);
  const told = [...text.matchAll(/ from "(.*?)"|import "(.*?)"/g)].map((it) => it[1] ?? it[2]);
  const foreign = told.filter((it) => !["./engine.js", "../engine/types.js"].includes(it));
  if (foreign.length > 0) throw new Error(`${name} tells of ${foreign.join(", ")}, which is not published`);
  writeFileSync(file, text);
}
