/**
 * Codecs for browsers that cannot decode a picture small: a wasm file of its own, fetched where one is needed. Runs in
 * the worker that prepares photos.
 */
import type { CodecModule } from "./evidence-contract";

const modules = import.meta.glob<CodecModule>("./wasm/codec.js");
const files = import.meta.glob<string>("./wasm/codec_bg.wasm", { query: "?url", import: "default", eager: true });

let loading: Promise<CodecModule> | null = null;

/** Loads the wasm file once; a failed download is tried again the next time. */
export function codec(): Promise<CodecModule> {
  loading ??= fetchModule().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetchModule(): Promise<CodecModule> {
  const importer = modules["./wasm/codec.js"];
  const file = files["./wasm/codec_bg.wasm"];
  if (!importer || !file) throw new Error("this build has no codecs");
  const module = await importer();
  await module.default({ module_or_path: file });
  return module;
}
