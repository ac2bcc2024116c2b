/**
 * Sealing a finished visit: its document, files and notes, the clock and the place in the phone's chain, signed and put
 * among the outgoing visits.
 *
 * Signing takes longer than a transaction lives. So the place is read first, the seal made for it, and the one
 * transaction that stores the visit and moves the chain on does so only if the chain still stands there; else the seal is
 * made again. A page that dies in between has used no place; two pages never use the same one.
 */
import { claimNow } from "./clock";
import { ownKey, sign } from "./device";
import { noteText } from "./notes";
import { chainOf, sealDraft, type Chain, type DeviceKey, type Outgoing, type SealedFile, type Store } from "./store";
import type { Seal } from "@/api/upload";

/** A finished visit before it is sealed. */
export interface Finished {
  instanceId: string;
  xmlSha256: string;
  attachments: SealedFile[];
  deviceId: string;
  /** Seals of this visit that the server refused. */
  replaced: Seal[];
  outgoing: Omit<Outgoing, "seal" | "notes">;
}

/** Builds the bytes of a seal and hashes texts: the engine. */
export interface SealBytes {
  canonical(seal: string): Promise<string>;
  sha256(text: string): Promise<string>;
}

/** Seals a visit and puts it among the outgoing ones. `savedAs` as for the store. */
export async function sealVisit(store: Store, visit: Finished, bytes: SealBytes, savedAs: string | null): Promise<void> {
  const notes = await noteText(store, visit.outgoing.id, visit.attachments.map(([name]) => name));
  const notesSha256 = await bytes.sha256(notes);
  for (;;) {
    const key = await ownKey(store);
    const chain = key && (await chainOf(store, key.key_id));
    const seal = await sealed(visit, notesSha256, bytes, key, chain);
    const isSigned = seal.signature !== "" && chain !== null;
    const step = isSigned ? { from: chain, to: { ...chain, counter: seal.counter, head: seal.digest } } : null;
    if (await sealDraft(store, { ...visit.outgoing, seal, notes }, savedAs, step)) return;
  }
}

async function sealed(
  visit: Finished,
  notesSha256: string,
  bytes: SealBytes,
  key: DeviceKey | null,
  chain: Chain | null,
): Promise<Seal> {
  const replaced = key ? visit.replaced.filter((it) => it.key_id === key.key_id) : [];
  const unsigned: Seal = {
    version: 2,
    instance_id: visit.instanceId,
    xml_sha256: visit.xmlSha256,
    attachments: visit.attachments,
    notes_sha256: notesSha256,
    key_id: "",
    device_time_ms: Date.now(),
    clock: claimNow(),
    counter: 0,
    previous: "",
    replaces: [],
    replaced: [],
    digest: "",
    signature: "",
    device_id: visit.deviceId,
  };
  if (key && chain) {
    const replaces = replaced.map((it) => it.digest);
    const place = { key_id: key.key_id, counter: chain.counter + 1, previous: chain.head, replaces, replaced };
    const seal = { ...unsigned, ...place };
    const text = await bytes.canonical(JSON.stringify(seal));
    const signature = await sign(key, text);
    if (signature !== null) return { ...seal, digest: await bytes.sha256(text), signature };
  }
  return { ...unsigned, digest: await bytes.sha256(await bytes.canonical(JSON.stringify(unsigned))) };
}
