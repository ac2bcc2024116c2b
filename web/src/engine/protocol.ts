/** What the page and the engine's worker say to each other. Every call gets exactly one answer. */
import type { FlatStrokes } from "@/ui/strokes";
import type { Choice, DeviceRequest, Env, Finished, Located, NodeId, Page, SignedAnswer, ViewNode, ViewPatch } from "./types";

export type { FlatStrokes };

/** A form and the lists it reads. `key` names the form's text, so that it is compiled once. */
export interface Source {
  key: string;
  xform: string;
  /** Instance id, CSV and a tag that changes with it. */
  lists: { instanceId: string; csv: string; tag: string }[];
  /** The document saved last with this form, and the visit it was; read only by forms that ask for it. */
  lastSaved: { id: string; xml: string } | null;
}

/** A form just opened and the draft that holds it. Its pages are fetched one by one. */
export interface Opened {
  title: string;
  /** In the form's order; empty for a form with one unnamed language. */
  languages: readonly string[];
  language: string;
  pages: readonly Page[];
  draft: string;
  requests: DeviceRequest[];
  /** Whether the form may ask for the location without a question for it. */
  asksForLocation: boolean;
  /** Whether the form offers what was saved last with it. */
  readsLastSaved: boolean;
}

/** What one call changed. */
export interface Change {
  patch: ViewPatch;
  /** The instances that are new, with all below them. */
  added: readonly ViewNode[];
  /** The pages there are now; `null` where they are those of before. */
  pages: readonly Page[] | null;
}

/** One step of a visit: what the screen must change, and the draft to keep. */
export interface Step extends Change {
  draft: string;
  requests: DeviceRequest[];
}

/** The file of a signature. */
export interface SignedFile {
  bytes: ArrayBuffer;
  sha256: string;
}

/** What encrypting a visit needs: the form's key and which visit it is. */
export interface EncryptionRequest {
  form_id: string;
  version: string;
  instance_id: string;
  public_key: string;
}

/** A file that only the holder of the private key can read. */
export interface EncryptedFile {
  name: string;
  bytes: ArrayBuffer;
  sha256: string;
}

/** What takes the place of an encrypted submission, and the submission as a file. */
export interface EncryptedVisit {
  manifest: string;
  xmlSha256: string;
  file: EncryptedFile;
}

/** How a visit ended: sealed, or with questions still to answer. */
export type Ending =
  | { kind: "finished"; finished: Finished; xmlSha256: string; encryption: EncryptionRequest | null }
  | { kind: "unanswered"; violations: Located[] };

/** The calls, by name: arguments and answer. */
export interface Calls {
  open: { args: [source: Source, env: Env, prefill: readonly (readonly [string, string])[]]; answer: Opened };
  resume: { args: [source: Source, env: Env, draft: string]; answer: Opened };
  /** A page and all below it; from now on steps tell of these nodes. The root's is everything, hidden or not. */
  page: { args: [id: NodeId]; answer: ViewNode[] };
  /** The path of a node as it is now; `null` where the node is gone. */
  reference: { args: [id: NodeId]; answer: string | null };
  answer: { args: [node: NodeId, value: string, nowMs: number]; answer: Step };
  addInstance: { args: [repeat: NodeId, nowMs: number]; answer: Step };
  removeInstance: { args: [instance: NodeId, nowMs: number]; answer: Step };
  supply: { args: [request: number, value: string, nowMs: number]; answer: Step };
  speak: { args: [language: string]; answer: Step };
  search: { args: [node: NodeId, query: string, limit: number]; answer: Choice[] };
  violations: { args: []; answer: Located[] };
  /** Signs; without enough ink the question stays unanswered and there is no file. */
  sign: { args: [node: NodeId, name: string, strokes: FlatStrokes, nowMs: number]; answer: { step: Step; file: SignedFile | null } };
  /** Answers with the photo of a thumb print; what it covers comes in hex, the witness's strokes in base64. */
  thumbPrint: {
    args: [node: NodeId, name: string, witness: FlatStrokes, nowMs: number];
    answer: { step: Step; binding: string; witness: string };
  };
  signedAnswers: { args: [node: NodeId]; answer: SignedAnswer[] };
  hasEnoughInk: { args: [strokes: FlatStrokes]; answer: boolean };
  /** The picture of a signature's file; empty where it is none. */
  strokesSvg: { args: [bytes: ArrayBuffer]; answer: string };
  finish: { args: [nowMs: number]; answer: Ending };
  /** Begins to encrypt a finished visit; one at a time. */
  encryptBegin: { args: [request: EncryptionRequest]; answer: null };
  encryptFile: { args: [name: string, bytes: ArrayBuffer]; answer: EncryptedFile };
  encryptEnd: { args: [xml: string]; answer: EncryptedVisit };
  /** The canonical bytes, as text, of a seal in JSON. */
  sealCanonical: { args: [seal: string]; answer: string };
  sha256: { args: [bytes: ArrayBuffer]; answer: string };
  close: { args: []; answer: null };
  /** Lets the browser compile the engine before a form is opened. */
  warmUp: { args: []; answer: null };
}

export type CallName = keyof Calls;

export interface Request<N extends CallName = CallName> {
  id: number;
  name: N;
  args: Calls[N]["args"];
}

/** Why a call failed, as a message code. */
export interface Failure {
  code: string;
  params?: Record<string, string>;
}

export type Reply = { id: number; ok: true; answer: unknown } | { id: number; ok: false; failure: Failure };
