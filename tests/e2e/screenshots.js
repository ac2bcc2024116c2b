/**
 * `npm run screenshots` after `npm test`: keeps the pictures that the README shows, from `output/` in `docs/screenshots/`.
 */
import { copyFile, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { OUTPUT, ROOT } from "./fixture/paths.js";

/** What the README shows, in its order. */
const SHOWN = [
  "phone-tasks",
  "phone-visit-prefilled",
  "phone-signatures",
  "phone-summary",
  "phone-outbox-stored",
  "desk-dashboard",
  "desk-queue",
  "desk-import",
];

/** A picture larger than this makes the README slow to read. */
const LARGEST_BYTES = 150_000;

const folder = join(ROOT, "docs", "screenshots");
await mkdir(folder, { recursive: true });
for (const name of await readdir(folder)) if (name.endsWith(".png")) await rm(join(folder, name));
for (const name of SHOWN) {
  const source = join(OUTPUT, `${name}.png`);
  const { size } = await stat(source);
  if (size > LARGEST_BYTES) throw new Error(`${name}.png has ${size} bytes, more than ${LARGEST_BYTES}`);
  await copyFile(source, join(folder, `${name}.png`));
  console.log(`docs/screenshots/${name}.png  ${Math.ceil(size / 1000)} KB`);
}
