/**
 * Forms that look at signatures (`extract-signed()`): what verifies Ed25519 is a wasm file of its own, loaded when the
 * first such form is opened. Runs in the engine's worker.
 */
import type { CompiledForm, EngineModule, SignaturesModule } from "./wasm-contract";

const modules = import.meta.glob<SignaturesModule>("./wasm/signatures.js");
const files = import.meta.glob<string>("./wasm/signatures_bg.wasm", { query: "?url", import: "default", eager: true });

/** Where the engine looks for it. */
const scope: typeof globalThis & Partial<Pick<SignaturesModule, "verifyEd25519">> = globalThis;

/** Compiles a form, with what verifies signatures where the form may need it. */
export async function compile({ CompiledForm }: EngineModule, xform: string): Promise<CompiledForm> {
  if (!xform.includes("extract-signed")) return new CompiledForm(xform);
  scope.verifyEd25519 ??= (await fetchModule()).verifyEd25519;
  return CompiledForm.verifying(xform);
}

async function fetchModule(): Promise<SignaturesModule> {
  const importer = modules["./wasm/signatures.js"];
  const file = files["./wasm/signatures_bg.wasm"];
  if (!importer || !file) throw new Error("this build cannot verify signatures");
  const module = await importer();
  await module.default({ module_or_path: file });
  return module;
}
