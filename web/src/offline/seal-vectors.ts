/**
 * The seal a second time, for tests alone: the bytes as the page on the seal tells them, written without a look at the
 * engine, and the committed examples.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Seal } from "@/api/upload";

/** A committed example. */
export interface Vector {
  name: string;
  xml: string;
  notes: string;
  files: [name: string, bytes: string][];
  canonical: string;
  seal: Seal;
}

/** The committed examples with the key that signed them. */
export interface Vectors {
  public_key: string;
  key_id: string;
  enrolment: { account_id: string; device_id: string; canonical: string; proof: string };
  seals: Vector[];
}

/** Reads the examples that lie beside the engine's code. */
export function readVectors(): Vectors {
  const path = fileURLToPath(new URL("../../../wasm-forms/src/evidence/seal/vectors.json", import.meta.url));
  return JSON.parse(readFileSync(path, "utf8")) as Vectors;
}

/** Returns the canonical bytes of a seal, as text. */
export function canonicalText(seal: Seal): string {
  const counted = (text: string) => `${Buffer.byteLength(text)} ${text}`;
  const files = [...seal.attachments].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const { clock } = seal;
  const lines = [
    "doorstep-seal 2",
    `instance ${counted(seal.instance_id)}`,
    `submission ${seal.xml_sha256}`,
    ...files.map(([name, sha256, size]) => `attachment ${sha256} ${size} ${counted(name)}`),
    `notes ${seal.notes_sha256}`,
    `key ${seal.key_id || "-"}`,
    `time ${seal.device_time_ms}`,
    clock ? `clock ${clock.basis} ${clock.least_ms} ${clock.likely_ms} ${clock.most_ms}` : "clock -",
    `counter ${seal.counter}`,
    `previous ${seal.previous || "-"}`,
    ...seal.replaces.map((digest) => `replaces ${digest}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Returns the SHA-256 of a text, hex. */
export async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("hex");
}

/** Returns whether a signature over a text is that of a public key, all in hex. */
export async function isSigned(publicKey: string, text: string, signature: string): Promise<boolean> {
  const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", Buffer.from(publicKey, "hex"), ecdsa, false, ["verify"]);
  return crypto.subtle.verify(ecdsa, key, Buffer.from(signature, "hex"), Buffer.from(text));
}
