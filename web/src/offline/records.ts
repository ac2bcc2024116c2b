/** The records that the phone keeps, see `store.ts`. */
import type { FormInfo } from "@/api/phone";
import type { FirstSeal, Seal } from "@/api/upload";
import type { Strokes } from "@/ui/strokes";
import type { Upload } from "./queue";

/** A form as stored; `key` is `form_id@version`. Old versions stay while a draft needs them. */
export interface StoredForm extends FormInfo {
  key: string;
  xform: string;
  /** Whether the server still offers this version. */
  is_current: boolean;
}

/** A list as it came. */
export interface StoredList {
  instance_id: string;
  csv: string;
  etag: string;
}

/** A visit being filled in. */
export interface Draft {
  id: string;
  task_id: string | null;
  form_key: string;
  /** Whom or what the visit is about, for lists. */
  label: string;
  /** Id of the resident or place; absent where the phone does not know it, and in what was stored before. */
  subject?: string;
  form_title: string;
  /** The engine's own text. */
  engine: string;
  /** Path of the page last shown; `"summary"` for the last screen; empty at the start. */
  page: string;
  /** Path of the question for which the camera or file chooser was opened, while it is open. */
  photographing: string | null;
  /** Who began to witness the thumb print of a question, by its path, and the answers that were shown, as text. */
  witness?: { reference: string; covers: string; name: string; strokes: Strokes | null } | null;
  /** Seals of this visit that the server refused, oldest first. */
  replaced?: Seal[];
  started_at: number;
  saved_at: number;
}

/** What the phone noted about a file; it travels with the submission. Each kind has its own facts. */
export interface FileNote {
  readonly kind: string;
}

/** A file that an answer refers to. */
export interface Attachment {
  visit_id: string;
  name: string;
  media_type: string;
  bytes: ArrayBuffer;
  sha256: string;
  /** Signatures keep their strokes, so that they can be continued or undone. */
  strokes: Strokes | null;
  /** Absent in what was stored before notes were. */
  note?: FileNote | null;
}

/** Name, SHA-256 and size of a file. */
export type SealedFile = [name: string, sha256: string, size_bytes: number];

/** The key this phone seals with. Hex but for the private half, which only signs. */
export interface DeviceKey {
  key_id: string;
  public_key: string;
  private_key: CryptoKey;
}

/** Where a key's chain of seals stands: how many there are, and the digest of the last. */
export interface Chain {
  key_id: string;
  counter: number;
  head: string;
}

/** A chain moving on by one seal. */
export interface ChainStep {
  from: Chain;
  to: Chain;
}

/** A finished visit on its way to the server. Its files stay under the same visit id. */
export interface Outgoing {
  id: string;
  task_id: string | null;
  label: string;
  /** Id of the resident or place: visits to the same go in their order. */
  subject?: string;
  form_title: string;
  xml: string;
  seal: Seal | FirstSeal;
  /** What the phone noted of the files, JSON; empty where nothing. */
  notes?: string;
  /** Its place among everything this account finished on this phone, whatever the clock said. */
  order?: number;
  finished_at: number;
  /** The person said to send it whatever the network. */
  any_network?: boolean;
  upload: Upload;
  /** The draft it was, to open it again if the server refuses it; dropped once it is stored. */
  draft: Draft | null;
}

/** The document saved last with a form that offers it again, and the visit it was. */
export interface LastSaved {
  id: string;
  xml: string;
}

/** When everything was last fetched. */
export interface LastSync {
  at: number;
  n_tasks: number;
  n_forms: number;
  /** Visits of this phone that the server had before it was asked. */
  stored?: string[];
}
