/// <reference lib="webworker" />
/**
 * Runs the converter beside the desk's page: workbooks are tried, versions compared and submissions judged by what the
 * server runs too. Nothing of it reaches a phone: the service worker leaves out every file called `xlsform`.
 */
import type { Failure, Reply } from "./protocol";
import type { CompiledForm, ListStore } from "./wasm-contract";
import type { Checked, Comparison, Trial, WorkbookCallName, WorkbookCalls, WorkbookRequest } from "./workbook-types";

/** A workbook that was read: its XForm, once, and all else as JSON. */
interface ReadWorkbook {
  said(): string;
  takeXform(): string | undefined;
  free(): void;
}

/** The exports of `wasm/xlsform.js` that are used here. Texts are JSON. */
interface ConverterModule {
  default(source: { module_or_path: string }): Promise<unknown>;
  CompiledForm: new (xform: string) => CompiledForm;
  ListStore: new () => ListStore;
  tryWorkbook(bytes: Uint8Array, stem: string, registers: string): ReadWorkbook;
  compareForms(before: string, after: string): string;
  nextVersion(day: string, known: string): string;
  checkSubmission(form: CompiledForm, lists: ListStore, env: string, xml: string): string;
  sha256Hex(bytes: Uint8Array): string;
}

const modules = import.meta.glob<ConverterModule>("./wasm/xlsform.js");
const files = import.meta.glob<string>("./wasm/xlsform_bg.wasm", { query: "?url", import: "default", eager: true });
const scope = self as unknown as DedicatedWorkerGlobalScope;

let loading: Promise<ConverterModule> | null = null;

type Handlers = {
  [N in WorkbookCallName]: (engine: ConverterModule, ...args: WorkbookCalls[N]["args"]) => WorkbookCalls[N]["answer"];
};

const handlers: Handlers = {
  tryWorkbook: (engine, bytes, stem, registers) =>
    trialOf(engine.tryWorkbook(new Uint8Array(bytes), stem, JSON.stringify(registers))),
  compareForms: (engine, before, after) => JSON.parse(engine.compareForms(before, after)) as Comparison,
  nextVersion: (engine, day, known) => engine.nextVersion(day, JSON.stringify(known)),
  checkSubmission: (engine, xform, lists, env, xml) => {
    const form = new engine.CompiledForm(xform);
    const store = new engine.ListStore();
    try {
      for (const list of lists) store.put(list.instanceId, list.csv);
      return JSON.parse(engine.checkSubmission(form, store, JSON.stringify(env), xml)) as Checked;
    } finally {
      store.free();
      form.free();
    }
  },
  sha256: (engine, text) => engine.sha256Hex(new TextEncoder().encode(text)),
};

/** The text comes on its own: within the JSON it would be written and read once more. */
function trialOf(workbook: ReadWorkbook): Trial {
  try {
    const trial = JSON.parse(workbook.said()) as Trial;
    const shown = trial.form ?? trial.sketch;
    if (shown) shown.xform = workbook.takeXform() ?? "";
    return trial;
  } finally {
    workbook.free();
  }
}

scope.onmessage = (event: MessageEvent<WorkbookRequest>) => void reply(event.data);

async function reply(request: WorkbookRequest): Promise<void> {
  let answer: Reply;
  try {
    const engine = await load();
    const handler = handlers[request.name] as (engine: ConverterModule, ...args: unknown[]) => unknown;
    answer = { id: request.id, ok: true, answer: handler(engine, ...request.args) };
  } catch (thrown) {
    answer = { id: request.id, ok: false, failure: failureOf(request.name, thrown) };
  }
  scope.postMessage(answer);
}

/** Loads the wasm file once; a failed download is tried again at the next call. */
function load(): Promise<ConverterModule> {
  loading ??= fetchConverter().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetchConverter(): Promise<ConverterModule> {
  const importer = modules["./wasm/xlsform.js"];
  const file = files["./wasm/xlsform_bg.wasm"];
  if (!importer || !file) throw new Error("this build has no converter");
  const engine = await importer();
  await engine.default({ module_or_path: file });
  return engine;
}

/** A reader of workbooks that gives up in WebAssembly ends the whole module: the file is none that can be read. */
function failureOf(name: WorkbookCallName, thrown: unknown): Failure {
  if (name === "tryWorkbook" && thrown instanceof WebAssembly.RuntimeError) return { code: "workbook.not_a_workbook" };
  if (typeof thrown === "string" && thrown.startsWith("{")) return JSON.parse(thrown) as Failure;
  return { code: "engine.failed", params: { problem: thrown instanceof Error ? thrown.message : String(thrown) } };
}
