/// <reference lib="webworker" />
/**
 * Runs the engine beside the page, so that a large form never blocks a finger. Holds one form, its lists and one visit.
 */
import { encryptBegin, encryptEnd, encryptFile } from "./encryption";
import { evidence } from "./evidence";
import { compile, loadVerifier, looksAtSignatures } from "./signatures";
import { hasEnoughInk, sign, strokesSvg, thumbPrint } from "./signing";
import type { CallName, Calls, Ending, EncryptionRequest, Failure, Opened, Reply, Request, Source, Step } from "./protocol";
import type { Env, Finished, Located, Page, ViewPatch } from "./types";
import { EngineVisit } from "./visit";
import { warmUp } from "./warm-up";
import type { CompiledForm, EngineModule, ListStore, Visit } from "./wasm-contract";

const modules = import.meta.glob<EngineModule>("./wasm/forms.js");
const files = import.meta.glob<string>("./wasm/forms_bg.wasm", { query: "?url", import: "default", eager: true });
const scope = self as unknown as DedicatedWorkerGlobalScope;

let loading: Promise<EngineModule> | null = null;
let form: { key: string; compiled: CompiledForm } | null = null;
let lists: { key: string; store: ListStore } | null = null;
let visit: EngineVisit | null = null;

type Answer<N extends CallName> = Calls[N]["answer"] | Promise<Calls[N]["answer"]>;
type Handlers = { [N in CallName]: (engine: EngineModule, ...args: Calls[N]["args"]) => Answer<N> };

const handlers: Handlers = {
  open: (engine, source, env, prefill) =>
    begin((compiled, store) => engine.Visit.open(compiled, store, envText(env), JSON.stringify(prefill)), engine, source),
  resume: (engine, source, env, draft) =>
    begin((compiled, store) => engine.Visit.resume(compiled, store, envText(env), draft), engine, source),
  page: (_, id) => current().page(id),
  reference: (_, id) => current().reference(id) ?? null,
  answer: (_, node, value, nowMs) => step(current().answer(node, value, nowMs)),
  addInstance: (_, repeat, nowMs) => step(current().add(repeat, nowMs)),
  removeInstance: (_, instance, nowMs) => step(current().remove(instance, nowMs)),
  supply: (_, request, value, nowMs) => step(current().supply(request, value, nowMs)),
  speak: (_, language) => step(current().speak(language)),
  search: (_, node, query, limit) => current().search(node, query, limit),
  violations: () => current().violations(),
  sign: async (engine, node, name, strokes, nowMs) => {
    const { patch, file } = await sign(current, engine.sha256Hex, { node, name, strokes, nowMs });
    return { step: step(patch), file };
  },
  thumbPrint: async (_, node, name, witness, nowMs) => {
    const { patch, ...given } = await thumbPrint(current, { node, name, witness, nowMs });
    return { step: step(patch), ...given };
  },
  signedAnswers: (_, node) => current().signedAnswers(node),
  hasEnoughInk: (_, strokes) => hasEnoughInk(strokes),
  strokesSvg: (_, bytes) => strokesSvg(bytes),
  finish: (engine, nowMs) => finish(engine, nowMs),
  encryptBegin: (_, request) => encryptBegin(request),
  encryptFile: (engine, name, bytes) => encryptFile(name, bytes, engine.sha256Hex),
  encryptEnd: (engine, xml) => encryptEnd(xml, engine.sha256Hex),
  sealCanonical: async (_, seal) => (await evidence()).sealCanonical(seal),
  sha256: (engine, bytes) => engine.sha256Hex(new Uint8Array(bytes)),
  close: () => {
    visit?.free();
    visit = null;
    return null;
  },
  warmUp: (engine) => {
    warmUp(engine);
    return null;
  },
};

scope.onmessage = (event: MessageEvent<Request>) => void reply(event.data);

async function reply(request: Request): Promise<void> {
  let answer: Reply;
  try {
    const engine = await load();
    const handler = handlers[request.name] as (engine: EngineModule, ...args: unknown[]) => unknown;
    answer = { id: request.id, ok: true, answer: await handler(engine, ...request.args) };
  } catch (thrown) {
    answer = { id: request.id, ok: false, failure: failureOf(thrown) };
  }
  scope.postMessage(answer);
}

/** Loads the wasm file once; a failed download is tried again at the next call. */
function load(): Promise<EngineModule> {
  loading ??= fetchEngine().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetchEngine(): Promise<EngineModule> {
  const importer = modules["./wasm/forms.js"];
  const file = files["./wasm/forms_bg.wasm"];
  if (!importer || !file) throw new Error("this build has no engine");
  const engine = await importer();
  await engine.default({ module_or_path: file });
  return engine;
}

async function begin(
  make: (form: CompiledForm, lists: ListStore) => Visit,
  engine: EngineModule,
  source: Source,
): Promise<Opened> {
  visit?.free();
  visit = null;
  const compiled = await compiledForm(engine, source);
  const savedAs = compiled.lastSaved();
  visit = new EngineVisit(make(compiled, listStore(engine, source, savedAs)));
  // What seals the visit at its end is here before the network may be gone; whatever goes wrong is told then.
  setTimeout(() => void evidence().catch(() => undefined), 0);
  return {
    title: compiled.title(),
    languages: JSON.parse(compiled.languages()) as string[],
    language: visit.language(),
    pages: pages(),
    draft: visit.draft(),
    requests: visit.requests(),
    asksForLocation: compiled.asksForLocation(),
    readsLastSaved: savedAs !== undefined,
  };
}

async function compiledForm(engine: EngineModule, source: Source): Promise<CompiledForm> {
  if (form?.key === source.key) return form.compiled;
  form?.compiled.free();
  form = null;
  if (looksAtSignatures(source.xform)) await loadVerifier();
  form = { key: source.key, compiled: compile(engine.CompiledForm, source.xform) };
  return form.compiled;
}

/** `savedAs` is the instance that stands for what was saved last, where the form reads it. */
function listStore(engine: EngineModule, source: Source, savedAs: string | undefined): ListStore {
  const saved = savedAs === undefined ? null : source.lastSaved;
  const key = JSON.stringify([savedAs, saved?.id, source.lists.map((list) => [list.instanceId, list.tag])]);
  if (lists?.key === key) return lists.store;
  lists?.store.free();
  lists = null;
  const store = new engine.ListStore();
  for (const list of source.lists) store.put(list.instanceId, list.csv);
  if (savedAs !== undefined && saved) store.putFile(savedAs, "last-saved.xml", saved.xml);
  lists = { key, store };
  return store;
}

function current(): EngineVisit {
  if (!visit) throw new Error("no visit is open");
  return visit;
}

function step(patch: ViewPatch): Step {
  const added = patch.added.flatMap((id) => current().page(id));
  return { patch, added, pages: patch.pages ? pages() : null, draft: current().draft(), requests: current().requests() };
}

function pages(): Page[] {
  const ids = current().pages();
  return ids.map((id) => ({ id, reference: current().reference(id) ?? "" }));
}

function finish(engine: EngineModule, nowMs: number): Ending {
  try {
    const finished = current().finish(nowMs);
    const xmlSha256 = engine.sha256Hex(new TextEncoder().encode(finished.xml));
    return { kind: "finished", finished, xmlSha256, encryption: encryptionOf(finished) };
  } catch (thrown) {
    const failure = parseFailure(thrown);
    if (failure?.code !== "answer.violations") throw thrown;
    return { kind: "unanswered", violations: failure.violations ?? [] };
  }
}

function encryptionOf({ instance_id }: Finished): EncryptionRequest | null {
  const compiled = form?.compiled;
  const public_key = compiled?.publicKey();
  if (!compiled || public_key === undefined) return null;
  return { form_id: compiled.id(), version: compiled.version(), instance_id, public_key };
}

function envText(env: Env): string {
  return JSON.stringify(env);
}

function failureOf(thrown: unknown): Failure {
  const said = parseFailure(thrown);
  if (said) return { code: said.code, params: said.params };
  return { code: "engine.failed", params: { problem: thrown instanceof Error ? thrown.message : String(thrown) } };
}

function parseFailure(thrown: unknown): (Failure & { violations?: Located[] }) | null {
  if (typeof thrown !== "string") return null;
  try {
    const said = JSON.parse(thrown) as Failure & { violations?: Located[] };
    return typeof said.code === "string" ? said : null;
  } catch {
    return null;
  }
}
