/**
 * `<doorstep-form>`: a form on any page. Shadow DOM keeps the page's styles out and ours in; labels, hints and messages
 * refer to each other by ids inside of it, so several forms on a page do not meet.
 *
 * The wasm file is fetched as soon as this module runs, and the form as soon as the element has its address.
 */
import styles from "virtual:element-styles";
import chinese from "virtual:element-texts/zh-CN";
import { createApp, shallowReactive, type App } from "vue";

import { looksAtSignatures } from "@/engine/signatures";
import type { Located } from "@/engine/types";
import ElementRoot from "./ElementRoot.vue";
import { FormRefused, FormVisit, loadEngine, loadVerifier, type Ending, type Refusal } from "./engine";
import { OpenForm } from "./open-form";
import type { Shown } from "./shown";
import { spokenTexts } from "./texts";

/** What `doorstep-change` carries. */
export interface Change {
  reference: string;
  value: string;
  draft: string;
}

/** What `doorstep-finished` carries. */
export interface FinishedForm {
  xml: string;
  instanceId: string;
  instanceName: string;
  /** The files that the submission refers to, by these names. */
  attachments: File[];
}

type Pairs = Readonly<Record<string, string>>;

/** What the page gave as properties. */
interface Given {
  xform?: string;
  lists?: Readonly<Record<string, string | URL>>;
  prefill?: Pairs;
  draft?: string;
  properties?: Pairs;
}

declare global {
  interface HTMLElementTagNameMap {
    "doorstep-form": DoorstepForm;
  }
  interface GlobalEventHandlersEventMap {
    "doorstep-ready": CustomEvent<Record<string, never>>;
    "doorstep-change": CustomEvent<Change>;
    "doorstep-finished": CustomEvent<FinishedForm>;
    "doorstep-refused": CustomEvent<Refusal>;
  }
}

const engine = loadEngine();
engine.catch(() => undefined);

export class DoorstepForm extends HTMLElement {
  static readonly observedAttributes = ["src", "language", "lang"];

  #given: Given = {};
  #files: readonly File[] = [];
  /** The answers while the element is taken out of one place of the page and put into another. */
  #carried: string | undefined;
  #shown: Shown = shallowReactive<Shown>({ state: { kind: "opening" } });
  #texts = spokenTexts("zh-CN", chinese);
  #app: App | null = null;
  #root: { show(violations: readonly Located[]): unknown } | null = null;
  #turn = 0;

  constructor() {
    super();
    dress(this.attachShadow({ mode: "open" }));
  }

  connectedCallback(): void {
    // Properties set before this class was known hide its accessors.
    for (const name of ["src", "language", "xform", "lists", "prefill", "properties", "savedDraft", "files"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete (this as Record<string, unknown>)[name];
      Object.assign(this, { [name]: value });
    }
    this.#mount();
    this.#open();
  }

  disconnectedCallback(): void {
    this.#turn += 1;
    // Fields send what was just typed when they go, so the draft comes after them.
    this.#app?.unmount();
    this.#app = null;
    this.#files = this.files;
    this.#carried = this.draft() ?? undefined;
    this.#leave();
  }

  attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    if (old === value || !this.isConnected) return;
    if (name === "src") this.#give({});
    else if (name === "lang") void this.#translate();
    else if (this.#form && value !== null) this.#form.speak(value);
  }

  /** Address of the XForm. */
  get src(): string {
    return this.getAttribute("src") ?? "";
  }
  set src(value: string) {
    this.setAttribute("src", value);
  }

  /** The form's language, one of those it has. The texts around it follow the attribute `lang`, of the page if not here. */
  get language(): string {
    return this.getAttribute("language") ?? "";
  }
  set language(value: string) {
    this.setAttribute("language", value);
  }

  /** The XForm's text, instead of its address. */
  get xform(): string | undefined {
    return this.#given.xform;
  }
  set xform(value: string | undefined) {
    this.#give({ xform: value });
  }

  /** External lists by the id of the instance that reads them: CSV text, or a `URL` to fetch it from. */
  get lists(): Readonly<Record<string, string | URL>> | undefined {
    return this.#given.lists;
  }
  set lists(value: Readonly<Record<string, string | URL>> | undefined) {
    this.#give({ lists: value });
  }

  /** Values by path, set like defaults when the form is opened. */
  get prefill(): Pairs | undefined {
    return this.#given.prefill;
  }
  set prefill(value: Pairs | undefined) {
    this.#give({ prefill: value });
  }

  /** `username`, `deviceid`, `phonenumber`, `email`: what the form may ask of the person and the device. */
  get properties(): Pairs | undefined {
    return this.#given.properties;
  }
  set properties(value: Pairs | undefined) {
    this.#give({ properties: value });
  }

  /** A draft to go on with, as `draft()` gave it. */
  get savedDraft(): string | undefined {
    return this.#given.draft;
  }
  set savedDraft(value: string | undefined) {
    this.#give({ draft: value });
  }

  /** The files chosen so far. A draft names them and does not hold them: keep both, and give both back. */
  get files(): readonly File[] {
    return this.#form ? [...this.#form.files.values()] : this.#files;
  }
  set files(value: readonly File[]) {
    this.#files = value;
    this.#give({});
  }

  /** Returns the answers so far as text for `savedDraft`; `null` while no form is open. */
  draft(): string | null {
    return this.#form?.visit.draft() ?? null;
  }

  /** Ends the visit as its last button does: either `doorstep-finished` follows, or what is missing is shown. */
  finish(): Ending {
    const field = this.shadowRoot?.activeElement;
    if (field instanceof HTMLElement) field.blur();
    const ending = this.#end();
    if (ending.kind === "unanswered") this.#root?.show(ending.violations);
    return ending;
  }

  get #form(): OpenForm | null {
    return this.#shown.state.kind === "open" ? this.#shown.state.form : null;
  }

  #give(part: Given): void {
    Object.assign(this.#given, part);
    this.#carried = undefined;
    if (this.isConnected) this.#open();
  }

  #mount(): void {
    const place = document.createElement("div");
    this.shadowRoot?.append(place);
    void this.#translate();
    const root = { shown: this.#shown, finish: () => this.#end(), onShown: () => this.#tell("doorstep-ready", {}) };
    this.#app = createApp(ElementRoot, root).use(this.#texts);
    this.#root = this.#app.mount(place) as unknown as { show(violations: readonly Located[]): unknown };
  }

  /** Opens the form with what is given once the caller has given all of it. */
  #open(): void {
    this.#turn += 1;
    const turn = this.#turn;
    queueMicrotask(async () => {
      if (turn !== this.#turn || (this.#given.xform === undefined && !this.src)) return;
      try {
        const [xform, lists] = await Promise.all([this.#given.xform ?? textAt(this.src), fetched(this.#given.lists ?? {}), engine]);
        if (looksAtSignatures(xform)) await loadVerifier();
        if (turn !== this.#turn) return;
        this.#leave();
        const { prefill, properties, draft: given } = this.#given;
        const draft = this.#carried ?? given;
        const visit = FormVisit.open(xform, { lists, prefill, properties, draft, language: this.language || undefined });
        const files = new Map(this.#files.map((file) => [file.name, file]));
        const form = new OpenForm(visit, files, { changed: (reference, value) => this.#change(reference, value) });
        this.#shown.state = { kind: "open", form, turn };
      } catch (error) {
        if (turn === this.#turn) this.#refuse(refusalOf(error));
      }
    });
  }

  #leave(): void {
    this.#form?.leave();
    this.#shown.state = { kind: "opening" };
  }

  #refuse(refusal: Refusal): void {
    this.#shown.state = { kind: "refused", refusal };
    this.#tell<Refusal>("doorstep-refused", refusal);
  }

  #change(reference: string, value: string): void {
    const form = this.#form;
    if (form) this.#tell<Change>("doorstep-change", { reference, value, draft: form.visit.draft() });
  }

  #end(): Ending {
    const form = this.#form;
    if (!form) throw new DOMException("no form is open", "InvalidStateError");
    const ending = form.finish();
    if (ending.kind === "unanswered") return ending;
    const { xml, instance_id, instance_name, attachments } = ending.finished;
    const files = attachments.flatMap((name) => form.files.get(name) ?? []);
    form.leave();
    this.#shown.state = { kind: "finished" };
    this.#tell<FinishedForm>("doorstep-finished", { xml, instanceId: instance_id, instanceName: instance_name, attachments: files });
    return ending;
  }

  /** Texts around the form: English where the page is in English, else Chinese. */
  async #translate(): Promise<void> {
    const spoken = this.closest("[lang]")?.getAttribute("lang") ?? navigator.language;
    const locale = spoken.toLowerCase().startsWith("en") ? "en" : "zh-CN";
    if (locale === this.#texts.locale) return;
    const texts = locale === "en" ? (await import("virtual:element-texts/en")).default : chinese;
    Object.assign(this.#texts, { locale, texts });
  }

  #tell<T>(type: string, detail: T): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

/** Gives a shadow root our styles; forms on one page share them where the browser can. */
function dress(root: ShadowRoot): void {
  if ("adoptedStyleSheets" in root) {
    root.adoptedStyleSheets = [sharedSheet()];
  } else {
    const style = document.createElement("style");
    style.textContent = styles;
    (root as ShadowRoot).append(style);
  }
}

let sheet: CSSStyleSheet | null = null;

function sharedSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
  }
  return sheet;
}

async function fetched(lists: Readonly<Record<string, string | URL>>): Promise<Record<string, string>> {
  const texts = Object.entries(lists).map(async ([id, list]) => [id, typeof list === "string" ? list : await textAt(list)] as const);
  return Object.fromEntries(await Promise.all(texts));
}

async function textAt(address: string | URL): Promise<string> {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) throw new FormRefused("network.unreachable", { address: String(address) });
  return answer.text();
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof FormRefused) return { code: error.code, params: error.params, diagnostics: error.diagnostics };
  return { code: "engine.failed", params: { problem: String(error) }, diagnostics: [] };
}

if (!customElements.get("doorstep-form")) customElements.define("doorstep-form", DoorstepForm);
