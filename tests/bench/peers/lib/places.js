/** Where things are. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of this package. */
export const HERE = dirname(dirname(fileURLToPath(import.meta.url)));

/** Root of the project. */
export const ROOT = join(HERE, "..", "..", "..");

/** Where pages and bundles are built; not kept in the repository. */
export const DIST = join(HERE, "dist");

/** Forms of other projects, which are read and never kept here. */
export const SHARED = process.env.DOORSTEP_SHARED ?? join(ROOT, "..", "shared");

/** The engine as browsers load it. */
export const ENGINE = join(ROOT, "web", "src", "engine", "wasm");

/** The small form that the web app opens before the first visit. */
export const WARM_UP = join(ROOT, "web", "src", "engine", "warm-up.xml");

/** Returns one of the engine's modules (`forms`, `xlsform`), ready to be called in Node. */
export async function wasmModule(name) {
  const module = await import(join(ENGINE, `${name}.js`));
  await module.default({ module_or_path: readFileSync(join(ENGINE, `${name}_bg.wasm`)) });
  return module;
}
