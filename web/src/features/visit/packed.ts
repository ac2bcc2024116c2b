/** A finished visit as it will be sent: as it is, or, where its form has a public key, encrypted. */
import { engine } from "@/engine/client";
import type { EncryptedFile, Ending, EncryptionRequest } from "@/engine/protocol";
import { noteText } from "@/offline/notes";
import type { Attachment, SealedFile, Store } from "@/offline/store";

/** The file among those of an encrypted visit that holds what was noted of the others. Tools put files of many visits together. */
const notesName = (visitId: string): string => `notes-${visitId.slice(0, 8)}.json`;

type Finished = Ending & { kind: "finished" };

/** Why a visit cannot be opened or sent, as a message code. */
export class VisitError extends Error {
  constructor(readonly code: string) {
    super(code);
    this.name = "VisitError";
  }
}

/** What the queue gets; the files lie in the store. */
export interface Packed {
  xml: string;
  xmlSha256: string;
  instanceId: string;
  /** What the visit calls itself; empty where that is nobody's business. */
  name: string;
  attachments: SealedFile[];
  /** The phone must not keep what it has encrypted. */
  isEncrypted: boolean;
}

/** Prepares a finished visit for the queue. Encrypted files are stored beside the plain ones, which sealing drops. */
export async function packed(ending: Finished, visitId: string, store: Store): Promise<Packed> {
  if (ending.encryption) return encrypted(ending, ending.encryption, visitId, store);
  const { finished, xmlSha256 } = ending;
  const attachments: SealedFile[] = [];
  for (const name of finished.attachments) {
    const { sha256, bytes } = await fileOf(store, visitId, name);
    attachments.push([name, sha256, bytes.byteLength]);
  }
  const { xml, instance_id: instanceId, instance_name: name } = finished;
  return { xml, xmlSha256, instanceId, name, attachments, isEncrypted: false };
}

async function encrypted({ finished }: Finished, request: EncryptionRequest, visitId: string, store: Store): Promise<Packed> {
  await engine("encryptBegin", request);
  const attachments: SealedFile[] = [];
  const keep = async (file: EncryptedFile) => {
    const { name, bytes, sha256 } = file;
    await store.put("files", { visit_id: visitId, name, media_type: "application/octet-stream", bytes, sha256, strokes: null });
    attachments.push([name, sha256, bytes.byteLength]);
  };
  // One after the other: the manifest's order is the order of encryption, and no two photos are held at a time.
  for (const name of finished.attachments) {
    await keep(await engine("encryptFile", name, (await fileOf(store, visitId, name)).bytes));
  }
  // What is noted of the files, a witness's name among it, is for whoever has the key.
  const notes = await noteText(store, visitId, finished.attachments);
  if (notes !== "") await keep(await engine("encryptFile", notesName(visitId), new TextEncoder().encode(notes).buffer));
  const { manifest, xmlSha256, file } = await engine("encryptEnd", finished.xml);
  await keep(file);
  return { xml: manifest, xmlSha256, instanceId: finished.instance_id, name: "", attachments, isEncrypted: true };
}

async function fileOf(store: Store, visitId: string, name: string): Promise<Attachment> {
  const file = await store.get("files", [visitId, name]);
  if (!file) throw new VisitError("visit.file_missing");
  return file;
}
