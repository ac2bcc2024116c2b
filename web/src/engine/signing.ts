/** Signatures in the engine's worker: ink is judged, and what the form says it covers goes into its file. */
import { evidence } from "./evidence";
import type { EvidenceModule } from "./evidence-contract";
import type { FlatStrokes, SignedFile } from "./protocol";
import type { ViewPatch } from "./types";
import type { EngineVisit } from "./visit";

type Sha256 = (bytes: Uint8Array) => string;

/** Answers a question with the signature `name`, or with nothing where there is too little ink; returns the file. */
export async function sign(
  visit: () => EngineVisit,
  sha256: Sha256,
  given: { node: number; name: string; strokes: FlatStrokes; nowMs: number },
): Promise<{ patch: ViewPatch; file: SignedFile | null }> {
  const module = await evidence();
  const { node, name, strokes, nowMs } = given;
  // A drawing that is none is found before anything is answered.
  const isEnough = module.hasEnoughInk(encoded(module, strokes, undefined));
  const patch = visit().answer(node, isEnough ? name : "", nowMs);
  if (!isEnough) return { patch, file: null };
  const bytes = encoded(module, strokes, visit().binding(node));
  return { patch, file: { bytes: bytes.buffer, sha256: sha256(bytes) } };
}

/** Answers a question with the photo `name` of a thumb print; returns what it covers in hex, and the witness's strokes. */
export async function thumbPrint(
  visit: () => EngineVisit,
  given: { node: number; name: string; witness: FlatStrokes; nowMs: number },
): Promise<{ patch: ViewPatch; binding: string; witness: string }> {
  const module = await evidence();
  const { node, name, witness, nowMs } = given;
  encoded(module, witness, undefined);
  const patch = visit().answer(node, name, nowMs);
  const binding = visit().binding(node);
  const file = encoded(module, witness, binding);
  const hex = Array.from(binding ?? [], (it) => it.toString(16).padStart(2, "0")).join("");
  return { patch, binding: hex, witness: btoa(String.fromCharCode(...file)) };
}

/** Returns whether strokes hold enough ink to be a signature. */
export async function hasEnoughInk(strokes: FlatStrokes): Promise<boolean> {
  const module = await evidence();
  return module.hasEnoughInk(encoded(module, strokes, undefined));
}

/** Returns the picture of a signature's file; empty where it is none. */
export async function strokesSvg(bytes: ArrayBuffer): Promise<string> {
  return (await evidence()).strokesSvg(new Uint8Array(bytes)) ?? "";
}

function encoded({ encodeStrokes }: EvidenceModule, strokes: FlatStrokes, binding: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  const { width, height, startedAtMs, lengths, points } = strokes;
  return encodeStrokes(width, height, startedAtMs, lengths, points, binding);
}
