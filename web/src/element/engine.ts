/**
 * The engine for whoever writes JavaScript: `@doorstep/form/engine`. A form is opened from its text, answered by path or
 * by id, and finished into a submission. It runs where it is called: an answer takes less than a millisecond, and a worker
 * could not be loaded from another site's page.
 *
 * A caller that draws the form fetches a page once; every change returns what of it is to be drawn anew.
 */
import type { Choice, DeviceRequest, Env, Finished, Located, NodeId, SignedAnswer, ViewNode, ViewPatch, WasmSource } from "@/engine/types";
import { compile, loadVerifier as loadSignatures } from "@/engine/signatures";
import { EngineVisit } from "@/engine/visit";
import init, { CompiledForm, ListStore, Visit } from "@/engine/wasm/forms.js";
import wasmUrl from "@/engine/wasm/forms_bg.wasm?url";

export type { Choice, Finished, Located, NodeId, Question, Repeat, ViewNode, Violation } from "@/engine/types";

/** What is wrong with a form, for its author. */
export interface Diagnostic {
  severity: "error" | "warning";
  code: string;
  place: { kind: "form" } | { kind: "node"; reference: string; attribute: string } | { kind: "cell"; sheet: string; row: number; column: string };
  params: Record<string, string>;
}

/** Why there is no form to fill in. */
export interface Refusal {
  code: string;
  params: Readonly<Record<string, string>>;
  /** Every place in the form that has to be changed. */
  diagnostics: readonly Diagnostic[];
}

/** What a form is opened with, besides its own text. Everything may be left out. */
export interface Opening {
  /** External lists as CSV text, by the id of the instance that reads them. */
  lists?: Readonly<Record<string, string>>;
  /** Values by path, set like defaults. */
  prefill?: Readonly<Record<string, string>>;
  /** What `draft()` returned; `prefill` is not looked at then. */
  draft?: string;
  /** One of the form's languages. */
  language?: string;
  /** `username`, `deviceid`, `phonenumber`, `email`: what the form may ask of the person and the device. */
  properties?: Readonly<Record<string, string>>;
  /** The clock, in milliseconds since 1970; the device's where it is left out. */
  now?: () => number;
  /** Minutes to add to UTC; the device's where it is left out. */
  offsetMinutes?: number;
  /** Where chance starts: the same seed gives the same ids. Drawn at random where it is left out. */
  seed?: number;
}

/** How an attempt to finish ended. */
export type Ending = { kind: "finished"; finished: Finished } | { kind: "unanswered"; violations: Located[] };

/** The engine refused a form, a list or a draft. `code` says why; `diagnostics` name every place in the form. */
export class FormRefused extends Error {
  constructor(
    readonly code: string,
    readonly params: Readonly<Record<string, string>> = {},
    readonly diagnostics: readonly Diagnostic[] = [],
  ) {
    super(code);
    this.name = "FormRefused";
  }
}

let loading: Promise<unknown> | null = null;

/** Loads the engine once. The wasm file is the one beside this module, unless its bytes or another address are given. */
export function loadEngine(source: WasmSource = wasmUrl): Promise<void> {
  loading ??= init({ module_or_path: source }).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading.then(() => undefined);
}

/**
 * Loads what verifies signatures once; to be called before a form that looks at them (`extract-signed()`) is opened. The
 * wasm file is the one beside this module, unless its bytes or another address are given.
 */
export function loadVerifier(source?: WasmSource): Promise<void> {
  return loadSignatures(source);
}

/** A form being filled in. */
export class FormVisit {
  readonly #visit: EngineVisit;
  readonly #now: () => number;

  private constructor(
    visit: EngineVisit,
    now: () => number,
    readonly title: string,
    readonly formId: string,
    readonly version: string,
    readonly languages: readonly string[],
  ) {
    this.#visit = visit;
    this.#now = now;
  }

  /** Opens a form, after `loadEngine()`; throws `FormRefused`. */
  static open(xform: string, opening: Opening = {}): FormVisit {
    return refusing(() => {
      const now = opening.now ?? Date.now;
      const form = compile(CompiledForm, xform);
      const lists = new ListStore();
      for (const [id, csv] of Object.entries(opening.lists ?? {})) lists.put(id, csv);
      const env = JSON.stringify(envOf(opening, now()));
      const visit =
        opening.draft === undefined
          ? Visit.open(form, lists, env, JSON.stringify(Object.entries(opening.prefill ?? {})))
          : Visit.resume(form, lists, env, opening.draft);
      const opened = new FormVisit(new EngineVisit(visit), now, form.title(), form.id(), form.version(), JSON.parse(form.languages()) as string[]);
      if (opening.language !== undefined) opened.setLanguage(opening.language);
      form.free();
      lists.free();
      return opened;
    });
  }

  /** Returns the pages there are to show now. */
  pages(): NodeId[] {
    return this.#visit.pages();
  }

  /** Returns a page and everything below it; from now on changes tell of these nodes. */
  page(id: NodeId): ViewNode[] {
    return this.#visit.page(id);
  }

  /** Returns nodes as they are now. */
  nodes(ids: readonly NodeId[]): ViewNode[] {
    return this.#visit.nodes(ids);
  }

  /** Returns the path of a node as it is now: an instance moves when another before it comes or goes. */
  reference(id: NodeId): string | undefined {
    return this.#visit.reference(id);
  }

  /** Returns the value at a path such as `/data/party[2]/p_name`. */
  value(reference: string): string | undefined {
    return this.#visit.value(reference);
  }

  /** Answers a question; an empty value clears it. Returns what changed of the nodes given out, and no more. */
  answer(at: NodeId | string, value: string): ViewPatch {
    return refusing(() => this.#visit.answer(this.#id(at), value, this.#now()));
  }

  /** Adds an instance at the end of a repeat. Returns what changed, as `answer` does. */
  add(repeat: NodeId | string): ViewPatch {
    return refusing(() => this.#visit.add(this.#id(repeat), this.#now()));
  }

  /** Removes an instance of a repeat. Returns what changed, as `answer` does. */
  remove(instance: NodeId | string): ViewPatch {
    return refusing(() => this.#visit.remove(this.#id(instance), this.#now()));
  }

  /** Returns at most `limit` choices of a question whose label contains the query. */
  choices(at: NodeId | string, query = "", limit = 30): Choice[] {
    return this.#visit.search(this.#id(at), query, limit);
  }

  /** Returns the answers that a signature covers, where the form says so. */
  signedAnswers(node: NodeId): SignedAnswer[] {
    return this.#visit.signedAnswers(node);
  }

  /** Returns every broken rule. */
  violations(): Located[] {
    return this.#visit.violations();
  }

  /** Returns what the form has asked of the device since the last call. */
  requests(): DeviceRequest[] {
    return this.#visit.requests();
  }

  /** Answers a request, with an empty text where the device gave nothing. Returns what changed, as `answer` does. */
  supply(request: number, value: string): ViewPatch {
    return refusing(() => this.#visit.supply(request, value, this.#now()));
  }

  /** Switches the form's language; one it does not have changes nothing. Returns what changed, as `answer` does. */
  setLanguage(language: string): ViewPatch {
    return this.#visit.speak(language);
  }

  /** Returns the visit as text that `open` takes up again. */
  draft(): string {
    return this.#visit.draft();
  }

  /** Returns the submission as it stands, finished or not. */
  submission(): string {
    return this.#visit.submission();
  }

  /** Ends the visit, unless something is still to be answered. */
  finish(): Ending {
    try {
      return { kind: "finished", finished: this.#visit.finish(this.#now()) };
    } catch (thrown) {
      const said = saidBy(thrown);
      if (said?.violations) return { kind: "unanswered", violations: said.violations };
      throw thrown;
    }
  }

  /** Gives the memory back; the visit must not be used any more. */
  close(): void {
    this.#visit.free();
  }

  #id(at: NodeId | string): NodeId {
    if (typeof at === "number") return at;
    const id = this.#visit.find(at);
    if (id === undefined) throw new RangeError(`the form has nothing at ${at}`);
    return id;
  }
}

function envOf(opening: Opening, now_ms: number): Env {
  const [chance = 0] = opening.seed === undefined ? crypto.getRandomValues(new Uint32Array(1)) : [opening.seed];
  const offset_min = opening.offsetMinutes ?? -new Date(now_ms).getTimezoneOffset();
  return { now_ms, offset_min, seed: chance, properties: { ...opening.properties } };
}

/** What the engine throws: a code as JSON. */
interface Said {
  code: string;
  params?: Record<string, string>;
  diagnostics?: Diagnostic[];
  violations?: Located[];
}

function saidBy(thrown: unknown): Said | null {
  return typeof thrown === "string" ? (JSON.parse(thrown) as Said) : null;
}

function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const said = saidBy(thrown);
    throw said ? new FormRefused(said.code, said.params, said.diagnostics) : thrown;
  }
}
