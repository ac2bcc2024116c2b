/**
 * `npm run screenshots` after `npm test`: keeps the pictures that the README shows, from `output/` in `tests/e2e/screenshots/`,
 * in 256 colours, which is a third of the bytes.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import UPNG from "upng-js";

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
  "desk-review",
  "desk-import",
  "desk-form-trial",
];

/** A picture larger than this makes the README slow to read. */
const LARGEST_BYTES = 150_000;

const N_COLOURS = 256;

const folder = join(ROOT, "tests", "e2e", "screenshots");
await mkdir(folder, { recursive: true });
for (const name of await readdir(folder)) if (name.endsWith(".png")) await rm(join(folder, name));
for (const name of SHOWN) {
  const { width, height, ...picture } = UPNG.decode(await readFile(join(OUTPUT, `${name}.png`)));
  const bytes = Buffer.from(UPNG.encode(UPNG.toRGBA8({ width, height, ...picture }), width, height, N_COLOURS));
  if (bytes.length > LARGEST_BYTES) throw new Error(`${name}.png has ${bytes.length} bytes, more than ${LARGEST_BYTES}`);
  await writeFile(join(folder, `${name}.png`), bytes);
  console.log(`tests/e2e/screenshots/${name}.png  ${Math.ceil(bytes.length / 1000)} KB`);
}
