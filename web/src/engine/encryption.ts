/**
 * Encrypts one finished visit after the other, with a wasm file of its own that is loaded when the first form asks for
 * it. Runs in the engine's worker.
 */
import type { EncryptedFile, EncryptedVisit, EncryptionRequest } from "./protocol";
import type { Encryption, EncryptionModule, WasmFile } from "./wasm-contract";

/** Random bytes that one visit takes: its key and two seeds. */
const N_RANDOM = 96;

const modules = import.meta.glob<EncryptionModule>("./wasm/encryption.js");
const files = import.meta.glob<string>("./wasm/encryption_bg.wasm", { query: "?url", import: "default", eager: true });

let loading: Promise<EncryptionModule> | null = null;
let encryption: Encryption | null = null;

type Sha256 = (bytes: Uint8Array) => string;

/** Begins with a visit; one that was begun before and never ended is forgotten. */
export async function encryptBegin(request: EncryptionRequest): Promise<null> {
  const { Encryption } = await load();
  encryption?.free();
  encryption = null;
  encryption = new Encryption(JSON.stringify(request), crypto.getRandomValues(new Uint8Array(N_RANDOM)));
  return null;
}

/** Encrypts the next attachment. */
export function encryptFile(name: string, bytes: ArrayBuffer, sha256: Sha256): EncryptedFile {
  return taken(current().attachment(name, new Uint8Array(bytes)), sha256);
}

/** Encrypts the submission and ends. */
export function encryptEnd(xml: string, sha256: Sha256): EncryptedVisit {
  const ended = current().finish(xml);
  encryption = null;
  const file = ended.takeFile();
  if (!file) throw new Error("the encrypted submission was taken before");
  const manifest = ended.manifest();
  ended.free();
  return { manifest, xmlSha256: sha256(new TextEncoder().encode(manifest)), file: taken(file, sha256) };
}

function current(): Encryption {
  if (!encryption) throw new Error("no visit is being encrypted");
  return encryption;
}

function taken(file: WasmFile, sha256: Sha256): EncryptedFile {
  const name = file.name();
  const bytes = file.takeBytes();
  file.free();
  return { name, bytes: bytes.buffer, sha256: sha256(bytes) };
}

/** Loads the wasm file once; a failed download is tried again the next time. */
function load(): Promise<EncryptionModule> {
  loading ??= fetchModule().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetchModule(): Promise<EncryptionModule> {
  const importer = modules["./wasm/encryption.js"];
  const file = files["./wasm/encryption_bg.wasm"];
  if (!importer || !file) throw new Error("this build cannot encrypt");
  const module = await importer();
  await module.default({ module_or_path: file });
  return module;
}
