/**
 * What the engine tells the screen: the shapes of `wasm-forms/src/view.rs`, `session.rs` and `env.rs` as JSON, and of a
 * `ViewPatch` as `packed.ts` reads it.
 */

/** A node's id within one session; a session taken up again may number its nodes anew. */
export type NodeId = number;

/** What a wasm file is read from. */
export type WasmSource = string | URL | BufferSource | WebAssembly.Module;

/** The node that all others stand in. */
export const ROOT: NodeId = 0;

/** A screen of a form: a group, a repeat, or one question. */
export interface Page {
  id: NodeId;
  /** Its path, the same in every session: no page stands inside a repeat. */
  reference: string;
}

/** What one call changed, no more than that. */
export interface ViewPatch {
  changed: NodePatch[];
  /** How the children of repeats changed, one after the other. */
  instances: InstanceChange[];
  /** Instances that are new: each is fetched as a page is. */
  added: NodeId[];
  removed: NodeId[];
  /** Whether there may be other pages now. */
  pages: boolean;
}

/** An instance that came to a repeat as its child number `at`, from 0; `null` where the one there went. */
export interface InstanceChange {
  repeat: NodeId;
  at: number;
  added: NodeId | null;
}

/** What changed of a node; what is absent stays as it was. */
export interface NodePatch {
  id: NodeId;
  relevant?: boolean;
  texts?: Texts;
  answer?: AnswerState;
  choices?: Choice[];
  n_choices?: number;
  repeat?: Repeat;
}

export interface Texts {
  label: string;
  short?: string;
  media?: Media[];
  hint: string;
  guidance?: string;
}

export interface AnswerState {
  value: string;
  display: string;
  readonly: boolean;
  required: boolean;
  violation: Violation | null;
}

export interface ViewNode {
  id: NodeId;
  parent: NodeId | null;
  kind: "root" | "group" | "repeat" | "instance" | "question";
  /** Path with positions, e.g. `/data/party[2]/p_name`, as they were when the node was told; the engine tells the present one. */
  reference: string;
  name: string;
  children: NodeId[];
  /** Markdown as ODK allows it. */
  label: string;
  /** The label's short form. */
  short?: string;
  /** Files that go with the label. */
  media?: Media[];
  hint: string;
  /** What only the person who asks should read. */
  guidance?: string;
  appearance: string[];
  /** The app that answers it. */
  intent?: string;
  relevant: boolean;
  question?: Question;
  repeat?: Repeat;
}

export interface Repeat {
  count: number;
  can_add: boolean;
  can_remove: boolean;
}

export type Control =
  | "input"
  | "note"
  | "select_one"
  | "select_multiple"
  | "rank"
  | "upload"
  | "trigger"
  | "range";

export type DataType =
  | "string"
  | "int"
  | "decimal"
  | "boolean"
  | "date"
  | "time"
  | "date_time"
  | "geopoint"
  | "geotrace"
  | "geoshape"
  | "barcode"
  | "binary"
  | "intent";

export interface Question {
  control: Control;
  data_type: DataType;
  /** As it will stand in the submission. */
  value: string;
  /** As a person reads it. */
  display: string;
  readonly: boolean;
  required: boolean;
  violation: Violation | null;
  /** All choices where there are at most 60; more are searched. */
  choices: Choice[];
  n_choices: number;
  media_type: string;
  /** Least number of rows of a text field. */
  rows?: number;
  /** `audio` or `video`: which of the label's files begins by itself. */
  autoplay?: string;
  /** How good a recording must be: `voice-only`, `low`, `normal`, `external`. */
  quality?: string;
  /** Store the draft when the person comes here. */
  save_incomplete?: boolean;
  /** Longest side of an image in pixels; 0 where the form does not say. */
  max_pixels: number;
  /** Start, end, step. */
  range?: [number, number, number];
  /** Metres at which to stop by itself, and above which to warn; 0 where unset. */
  accuracy_m: [number, number];
}

export interface Choice {
  value: string;
  label: string;
  /** Files that go with the label. */
  media?: Media[];
}

/** A file that goes with a label. */
export interface Media {
  /** `image`, `big-image`, `audio`, `video`, or another form the texts have. */
  form: string;
  /** As the form has it: `jr://images/house.png`. */
  address: string;
}

export interface Violation {
  code: string;
  /** The form's own message; empty where it has none. */
  message: string;
}

/** A violation and where it stands. */
export interface Located extends Violation {
  node: NodeId;
  page: NodeId;
  label: string;
}

/** Something the form asks of the device; the answer may take its time. */
export interface DeviceRequest {
  /** Within one session. */
  id: number;
  kind: "geopoint";
  /** Path of the node that gets it. */
  reference: string;
}

/** One answer that a signature covers, as the person who signs reads it. */
export interface SignedAnswer {
  reference: string;
  label: string;
  /** Empty where the answer is not there any more. */
  display: string;
  /** Whether it is not as it was signed. */
  is_changed: boolean;
}

/** A finished visit, ready to be sealed. */
export interface Finished {
  xml: string;
  instance_id: string;
  instance_name: string;
  attachments: string[];
}

/** The world as one visit sees it. */
export interface Env {
  now_ms: number;
  offset_min: number;
  /** Below 2^53, so that it survives JSON. */
  seed: number;
  properties: Record<string, string>;
}
