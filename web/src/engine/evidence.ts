/**
 * What photos and signatures are checked with, and what builds the bytes of a seal: a wasm file of its own. The engine's
 * worker loads it once a visit is open, that of the photos when the first form with such a question is.
 */
import type { EvidenceModule } from "./evidence-contract";

const modules = import.meta.glob<EvidenceModule>("./wasm/evidence.js");
const files = import.meta.glob<string>("./wasm/evidence_bg.wasm", { query: "?url", import: "default", eager: true });

let loading: Promise<EvidenceModule> | null = null;

/** Loads the wasm file once; a failed download is tried again the next time. */
export function evidence(): Promise<EvidenceModule> {
  loading ??= fetchModule().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetchModule(): Promise<EvidenceModule> {
  const importer = modules["./wasm/evidence.js"];
  const file = files["./wasm/evidence_bg.wasm"];
  if (!importer || !file) throw new Error("this build cannot check photos and signatures");
  const module = await importer();
  await module.default({ module_or_path: file });
  return module;
}
