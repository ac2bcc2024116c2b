import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import type { EncryptionModule } from "./wasm-contract";

const path = (name: string) => fileURLToPath(new URL(`./wasm/${name}`, import.meta.url));
const isBuilt = existsSync(path("encryption_bg.wasm"));

/** Of `wasm-forms/src/encryption/tests.rs`, like everything else that is encrypted here. */
const PUBLIC_KEY =
  "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2kczffdlCaRm0yR8EW0ogwq3MH1PWWWlBWHH0UrovdcCLYmy/Hlceicvihxm8TlK1z6RP2oMcLM/1dmBahMb8oqmHdn9JoUP2rUEc7bv+hrHeTJ+7ZohFvInjcsqbqKjclC01RDjhkuvY4aB4IMpaiSdZhSW6Ej49r5Ys2++qtMGItRLzwgwkn8/NXZWFujX2UVzjUVtQ3uu+c6FPLB+igxZtKFCmrY/DQe9Km3C5oCjeLtGjJh+oK1gTfLDE33fy66SIzPn4bUbuN1waZbw7eAMb7z+5xDTtOitoK+x9f9T76Pklx6N49aLGCGRN6Z1LcIJgxJGjd7rIq+jw9a8KwIDAQAB";
const XML = `<data id="visit" version="2"><name>王&amp;李</name><meta><instanceID>uuid:1</instanceID></meta></data>`;

it.skipIf(!isBuilt)("the wasm file encrypts to the bytes that the native engine gives", async () => {
  const module = (await import(/* @vite-ignore */ path("encryption.js"))) as EncryptionModule & { initSync(it: { module: Uint8Array }): void };
  module.initSync({ module: readFileSync(path("encryption_bg.wasm")) });
  const request = { form_id: "visit", version: "2", instance_id: "uuid:1", public_key: PUBLIC_KEY };
  const encryption = new module.Encryption(JSON.stringify(request), Uint8Array.from({ length: 96 }, (_, at) => at));
  const photo = encryption.attachment("照片.jpg", new Uint8Array(40).fill(7));
  const empty = encryption.attachment("empty.bin", new Uint8Array());
  const ended = encryption.finish(XML);
  const files = [photo, empty, ended.takeFile()];
  const hash = createHash("sha256").update(ended.manifest());
  for (const file of files) hash.update(file?.name() ?? "").update(file?.takeBytes() ?? "");
  expect(hash.digest("hex")).toBe("48b4df0945e5d8c47bf5364a4d56ffa5c68188cccb84f48f8b0f6603b4b9bb9d");
  expect(() => new module.Encryption(JSON.stringify({ ...request, public_key: "QUJD" }), new Uint8Array(96))).toThrow("form.public_key");
});
