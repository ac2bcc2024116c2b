/** What the converter tells the desk: the shapes of `wasm-forms/bindings/src/workbooks.rs` and `wasm-forms/src/compare` as JSON. */
import type { Diagnostic } from "@/api/types";
import type { Env } from "./types";

export type { Diagnostic } from "@/api/types";

/** A form that a workbook became. */
export interface TriedForm {
  xform: string;
  form_id: string;
  version: string;
  title: string;
  languages: string[];
  /** External lists: instance id and file name. */
  lists: [string, string][];
}

/** A workbook as the server would take it. */
export interface Trial {
  /** `null` where nothing can be filled in. */
  form: TriedForm | null;
  /** What can be shown of a workbook with errors. */
  sketch: TriedForm | null;
  diagnostics: Diagnostic[];
  /** Where the workbook has its version, or ought to. */
  version_cell: Diagnostic["place"];
  is_publishable: boolean;
}

/** A text by language; the empty language is that of a form that names none. */
export type TextByLanguage = Record<string, string>;

/** A question, group, repeat or calculation. */
export interface ComparedLine {
  /** Path without positions. */
  reference: string;
  name: string;
  /** What a workbook calls its type. */
  kind: string;
  label: TextByLanguage;
}

export interface Difference {
  /** `label`, `relevant`, `choice_removed`, …: what it is about. */
  aspect: string;
  language: string;
  /** Value of the choice it is about. */
  choice: string;
  before: string;
  after: string;
}

export interface ComparedChange extends ComparedLine {
  parts: Difference[];
}

/** What is different in the later of two versions. */
export interface Comparison {
  before_version: string;
  after_version: string;
  title: [string, string] | null;
  languages_added: string[];
  languages_removed: string[];
  added: ComparedLine[];
  removed: ComparedLine[];
  changed: ComparedChange[];
}

/** A finished submission as the server judges it. */
export interface Checked {
  findings: { code: string; reference: string; question: string; message: string }[];
  answers: { reference: string; name: string; group: string; label: string; value: string; display: string; control: string }[];
  entities: { list: string; id: string; operation: string; label: string; properties: Record<string, string> }[];
}

/** A list as text, by the id of the instance that reads it. */
export interface ListText {
  instanceId: string;
  csv: string;
}

/** The calls, by name: arguments and answer. */
export interface WorkbookCalls {
  tryWorkbook: { args: [bytes: ArrayBuffer, stem: string, registers: readonly string[]]; answer: Trial };
  compareForms: { args: [before: string, after: string]; answer: Comparison };
  nextVersion: { args: [day: string, known: readonly string[]]; answer: string };
  checkSubmission: { args: [xform: string, lists: readonly ListText[], env: Env, xml: string]; answer: Checked };
  sha256: { args: [text: string]; answer: string };
}

export type WorkbookCallName = keyof WorkbookCalls;

export interface WorkbookRequest<N extends WorkbookCallName = WorkbookCallName> {
  id: number;
  name: N;
  args: WorkbookCalls[N]["args"];
}
