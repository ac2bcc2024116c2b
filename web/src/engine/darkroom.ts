/**
 * What makes the photos of cameras small: a wasm file of its own, for browsers that compute with many numbers at once. Runs
 * in the worker that prepares photos.
 */
import type { DarkroomModule } from "./evidence-contract";

const modules = import.meta.glob<DarkroomModule>("./wasm/darkroom.js");
const files = import.meta.glob<string>("./wasm/darkroom_bg.wasm", { query: "?url", import: "default", eager: true });

/** The smallest module with a number of 128 bits in it. */
const MANY_AT_ONCE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

let loading: Promise<DarkroomModule> | null = null;

/** Returns whether the browser runs the file. */
export function runsDarkroom(): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(MANY_AT_ONCE));
}

/** Loads the wasm file once; a failed download is tried again the next time. */
export function darkroom(): Promise<DarkroomModule> {
  loading ??= fetchModule().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetchModule(): Promise<DarkroomModule> {
  const importer = modules["./wasm/darkroom.js"];
  const file = files["./wasm/darkroom_bg.wasm"];
  if (!importer || !file || !runsDarkroom()) throw new Error("no darkroom here");
  const module = await importer();
  await module.default({ module_or_path: file });
  return module;
}
