/** The exports of the engine's wasm package (`wasm/forms.js`), which `cargo xtask wasm` makes. Texts are JSON, arrays of 16-bit units what `packed.ts` reads. */

import type { WasmSource } from "./types";

export interface Owned {
  free(): void;
}

export interface CompiledForm extends Owned {
  id(): string;
  version(): string;
  title(): string;
  languages(): string;
  publicKey(): string | undefined;
  asksForLocation(): boolean;
  lists(): string;
  /** The instance that stands for what was saved last with the form, where the form reads it. */
  lastSaved(): string | undefined;
}

export interface ListStore extends Owned {
  put(instanceId: string, csv: string): void;
  /** The file's name tells its kind. */
  putFile(instanceId: string, name: string, text: string): void;
}

export interface Visit extends Owned {
  /** Pages to show now, by id. */
  pages(): Uint32Array;
  /** A page and all below it; changes tell of these nodes from now on. */
  page(id: number): string;
  nodes(ids: Uint32Array): string;
  find(reference: string): number | undefined;
  value(reference: string): string | undefined;
  /** The path of a node as it is now. */
  reference(id: number): string | undefined;
  /** These five return a `ViewPatch` of the nodes given out, packed. */
  set(node: number, value: string, nowMs: number): Uint16Array;
  insert(repeat: number, nowMs: number): Uint16Array;
  remove(instance: number, nowMs: number): Uint16Array;
  supply(request: number, value: string, nowMs: number): Uint16Array;
  speak(language: string): Uint16Array;
  language(): string;
  /** Choices, packed; those of a list by number, which `rowChoices` explains. */
  search(node: number, query: string, limit: number): Uint16Array;
  rowChoices(source: number, rows: Uint32Array): Uint16Array;
  submission(): string;
  takeRequests(): string;
  violations(): string;
  /** What a signature covers, for the file of its strokes; absent where the form does not say. */
  binding(node: number): Uint8Array | undefined;
  signedAnswers(node: number): string;
  draft(): string;
  finish(nowMs: number): string;
}

export interface EngineModule {
  /** Loads the wasm file at an address. */
  default(source: { module_or_path: string }): Promise<unknown>;
  CompiledForm: {
    new (xform: string): CompiledForm;
    /** For a form that looks at signatures: the global `verifyEd25519` must be there. */
    verifying(xform: string): CompiledForm;
  };
  ListStore: new () => ListStore;
  Visit: {
    open(form: CompiledForm, lists: ListStore, env: string, prefill: string): Visit;
    resume(form: CompiledForm, lists: ListStore, env: string, draft: string): Visit;
  };
  sha256Hex(bytes: Uint8Array): string;
}

export interface WasmFile extends Owned {
  name(): string;
  takeBytes(): Uint8Array<ArrayBuffer>;
}

export interface Encryption extends Owned {
  attachment(name: string, bytes: Uint8Array): WasmFile;
  /** Ends; the object is no longer to be used, nor freed. */
  finish(xml: string): { manifest(): string; takeFile(): WasmFile | undefined } & Owned;
}

/** The exports of `wasm/encryption.js`. */
export interface EncryptionModule {
  /** Loads the wasm file at an address. */
  default(source: { module_or_path: string }): Promise<unknown>;
  Encryption: new (given: string, randomness: Uint8Array) => Encryption;
}

/** The exports of `wasm/signatures.js`. */
export interface SignaturesModule {
  /** Loads the wasm file at an address. */
  default(source: { module_or_path: WasmSource }): Promise<unknown>;
  verifyEd25519(key: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean;
}
