/**
 * Forms that look at signatures (`extract-signed()`): what verifies Ed25519 is a wasm file of its own, loaded when the
 * first such form is opened, by the engine's worker and by `<doorstep-form>`.
 */
import type { WasmSource } from "./types";
import type { SignaturesModule } from "./wasm-contract";

const modules = import.meta.glob<SignaturesModule>("./wasm/signatures.js");
const files = import.meta.glob<string>("./wasm/signatures_bg.wasm", { query: "?url", import: "default", eager: true });

/** Where the engine looks for it. */
const scope: typeof globalThis & Partial<Pick<SignaturesModule, "verifyEd25519">> = globalThis;

/** Whether a form may need what verifies signatures. */
export function looksAtSignatures(xform: string): boolean {
  return xform.includes("extract-signed");
}

/** Compiles a form, with what verifies signatures where that was loaded; without it the engine refuses a form that needs it. */
export function compile<F>(CompiledForm: { new (xform: string): F; verifying(xform: string): F }, xform: string): F {
  const verifies = scope.verifyEd25519 !== undefined && looksAtSignatures(xform);
  return verifies ? CompiledForm.verifying(xform) : new CompiledForm(xform);
}

/** Loads what verifies signatures once: from this build's file, unless its bytes or another address are given. */
export async function loadVerifier(source?: WasmSource): Promise<void> {
  scope.verifyEd25519 ??= (await fetchModule(source)).verifyEd25519;
}

async function fetchModule(source: WasmSource | undefined): Promise<SignaturesModule> {
  const importer = modules["./wasm/signatures.js"];
  const file = source ?? files["./wasm/signatures_bg.wasm"];
  if (!importer || !file) throw new Error("this build cannot verify signatures");
  const module = await importer();
  await module.default({ module_or_path: file });
  return module;
}
