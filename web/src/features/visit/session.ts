/**
 * One visit being filled in: the engine's session, the draft on the phone and the files, kept in step. Every change is
 * stored before the next is shown.
 */
import { ref, shallowReactive, shallowRef, type Ref } from "vue";

import type { Prefill } from "@/api/phone";
import type { PhotoNote } from "@/capture/photo-note";
import { engine, EngineError } from "@/engine/client";
import type { Opened, Source, Step } from "@/engine/protocol";
import { ROOT, type Choice, type Env, type Located, type NodeId, type SignedAnswer, type ViewNode } from "@/engine/types";
import { applyChange, draw, pageOf, viewState, type ViewState } from "@/engine/view-state";
import type { BegunWitness, Witness } from "@/form/context";
import { deviceId, type OnPhone } from "@/offline/account";
import { refreshBoard } from "@/offline/board";
import { randomId, randomSeed } from "@/offline/ids";
import { freshUpload } from "@/offline/queue";
import { protectStorage } from "@/offline/storage";
import { sealVisit } from "@/offline/seal";
import { lastSaved, prefillOf, saveDraft, type Attachment, type Draft, type FileNote, type Store } from "@/offline/store";
import { flattened, type Strokes } from "@/ui/strokes";
import { packed, VisitError, type Packed } from "./packed";
import { DeviceRequests } from "./requests";
import { SIGNED, STROKES, thumbPrintNote } from "./signing";

export { VisitError };

/** Path that stands for the last screen, where everything is read once more. */
export const SUMMARY = "summary";

/** The engine builds the bytes of a seal. */
const SEAL_BYTES = {
  canonical: (seal: string) => engine("sealCanonical", seal),
  sha256: (text: string) => engine("sha256", new TextEncoder().encode(text).buffer),
};

/** What the person should know about how the visit came back. */
export type Return = "fresh" | "resumed" | "camera_lost";

/** Whether all that was answered is on disk: `failed` until a later save brings it there, `broken` until the visit is opened again. */
export type Saving = "saved" | "saving" | "failed" | "broken";

/** An open visit. */
export class VisitSession {
  readonly view: ViewState;
  /** Path of the page shown, or [`SUMMARY`]. */
  readonly page: Ref<string>;
  /** Questions whose violations are to be shown. */
  readonly judged = shallowReactive(new Set<NodeId>());
  readonly saving = ref<Saving>("saved");
  readonly cameBack: Return;
  /** The question whose picture was lost with the page. */
  readonly lost: NodeId | undefined;
  /** Whether the form may ask for the location without a question for it. */
  readonly asksForLocation: boolean;

  private readonly store: Store;
  private readonly readsLastSaved: boolean;
  private readonly requests = new DeviceRequests((id, value) =>
    this.during(async () => this.take(await engine("supply", id, value, Date.now()))),
  );
  private draft: Draft;
  /** The save under way; the next one waits for it. */
  private lastSave: Promise<void> = Promise.resolve();
  /** The change that is shown next; those after it wait for it. */
  private lastShown: Promise<void> = Promise.resolve();
  /** Files that no save has brought to disk yet, by name. */
  private readonly unsaved = new Map<string, Attachment>();
  /** Questions in whose field something stands that was not sent to the engine yet. */
  private readonly typing = new Set<NodeId>();
  private nSaving = 0;
  /** What is being done with something that somebody has given. */
  private readonly running = new Set<Promise<unknown>>();
  /** Whether the engine is gone, and an answer with it. */
  private isBroken = false;

  /** `all` are the nodes of the form, where they were fetched. */
  private constructor(on: OnPhone, draft: Draft, opened: Opened, all: readonly ViewNode[]) {
    this.store = on.store;
    this.view = viewState(opened);
    draw(this.view, all);
    this.asksForLocation = opened.asksForLocation;
    this.readsLastSaved = opened.readsLastSaved;
    this.draft = { ...draft, photographing: null };
    this.lost = all.find((node) => node.reference === draft.photographing)?.id;
    this.cameBack = draft.photographing ? "camera_lost" : draft.page || draft.engine ? "resumed" : "fresh";
    this.page = shallowRef(startPage(this.view, draft, this.lost));
  }

  /** Opens a draft of the account on this phone; throws [`VisitError`] or the engine's own error. */
  static async open(on: OnPhone, id: string, wantedLanguage: string): Promise<VisitSession> {
    const draft = await on.store.get("drafts", id);
    if (!draft) throw new VisitError("visit.gone");
    const source = await sourceOf(on.store, draft.form_key);
    const env = envOf(on);
    const opened = draft.engine
      ? await engine("resume", source, env, draft.engine)
      : await engine("open", source, env, await prefillFor(on.store, draft));
    const session = new VisitSession(on, draft, opened, draft.photographing ? await engine("page", ROOT) : []);
    session.draft.engine = opened.draft;
    if (session.cameBack === "fresh") await session.speak(languageLike(session.view.languages, wantedLanguage));
    await session.fetch(session.page.value);
    await session.save();
    session.requests.serve(opened.requests);
    return session;
  }

  /** The screen is left: what the device still has to say is not waited for. */
  leave(): void {
    this.requests.leave();
  }

  get id(): string {
    return this.draft.id;
  }

  get taskId(): string | null {
    return this.draft.task_id;
  }

  get title(): string {
    return this.view.title || this.draft.form_title;
  }

  get label(): string {
    return this.draft.label;
  }

  /** Fetches a page unless it is here; the summary is of all pages. */
  async fetch(page: string): Promise<void> {
    const wanted = this.view.pages.filter(({ reference }) => page === SUMMARY || page === reference);
    for (const { id } of wanted) if (!this.view.nodes.has(id)) draw(this.view, await engine("page", id));
  }

  async answer(id: NodeId, value: string, file: Attachment | null = null): Promise<void> {
    await this.during(async () => this.take(await engine("answer", id, value, Date.now()), file));
  }

  async addInstance(repeat: NodeId): Promise<void> {
    await this.during(async () => this.take(await engine("addInstance", repeat, Date.now())));
  }

  async removeInstance(instance: NodeId): Promise<void> {
    await this.during(async () => this.take(await engine("removeInstance", instance, Date.now())));
  }

  /** Shows the form in another of its languages. */
  async speak(language: string): Promise<void> {
    if (language === "" || language === this.view.language) return;
    await this.take(await engine("speak", language));
    this.view.language = language;
  }

  search(id: NodeId, query: string, limit: number): Promise<Choice[]> {
    return engine("search", id, query, limit);
  }

  violations(): Promise<Located[]> {
    return engine("violations");
  }

  async turnTo(page: string): Promise<void> {
    await this.fetch(page);
    this.page.value = page;
    this.draft.page = page;
    await this.save();
  }

  /** Stores which question a camera or chooser is opened for, before it may cost the page its life. */
  async beforeCapture(node: ViewNode): Promise<void> {
    this.draft.photographing = await engine("reference", node.id);
    this.draft.page = this.page.value;
    await this.save();
  }

  /** Stores who begins to witness a question's thumb print, or forgets it. */
  async keepWitness(node: ViewNode, begun: BegunWitness | null): Promise<void> {
    await this.during(async () => {
      this.draft.witness = begun && { ...begun, ...(await this.placeOf(node)) };
      await this.save();
    });
  }

  /** Returns who began to witness a question's thumb print; nobody once the answers are others than those that the witness saw. */
  async witnessOf(node: ViewNode): Promise<BegunWitness | null> {
    const { witness } = this.draft;
    const { reference, covers } = await this.placeOf(node);
    const isOfThis = witness?.reference === reference && witness.covers === covers;
    return isOfThis ? { name: witness.name, strokes: witness.strokes } : null;
  }

  /** Returns where a signature's question stands, and what is shown to who signs it, as text. */
  private async placeOf(node: ViewNode): Promise<{ reference: string; covers: string }> {
    const answers = await this.signedAnswers(node);
    const covers = JSON.stringify(answers.map(({ reference, display }) => [reference, display]));
    return { reference: (await engine("reference", node.id)) ?? "", covers };
  }

  async afterCapture(): Promise<void> {
    this.draft.photographing = null;
    await this.save();
  }

  /** Stores a file and the answer that names it in one transaction. */
  async attach(
    node: ViewNode,
    bytes: ArrayBuffer,
    mediaType: string,
    extension: string,
    strokes: Strokes | null,
    note: FileNote | null = null,
  ): Promise<void> {
    const name = `${node.name}-${randomId().slice(0, 8)}.${extension}`;
    const sha256 = await engine("sha256", bytes);
    this.draft.photographing = null;
    await this.answer(node.id, name, { visit_id: this.id, name, media_type: mediaType, bytes, sha256, strokes, note });
  }

  /** Changes what is noted about a file. */
  async annotate(name: string, note: FileNote): Promise<void> {
    await this.during(async () => {
      const file = await this.file(name);
      if (file) await this.save({ ...file, note });
    });
  }

  /** Answers with a signature; without enough ink the question stays unanswered. */
  async sign(node: ViewNode, strokes: Strokes): Promise<void> {
    const name = `${node.name}-${randomId().slice(0, 8)}.strokes`;
    await this.during(async () => {
      const { step, file } = await engine("sign", node.id, name, flattened(strokes), Date.now());
      await this.take(step, file && { visit_id: this.id, name, media_type: STROKES, ...file, strokes, note: SIGNED });
    });
  }

  /** Answers with the photo of a thumb print, seen by a witness. */
  async thumbPrint(node: ViewNode, photo: ArrayBuffer, witness: Witness, judged: PhotoNote): Promise<void> {
    const name = `${node.name}-${randomId().slice(0, 8)}.jpg`;
    await this.during(async () => {
      const sha256 = await engine("sha256", photo);
      const given = await engine("thumbPrint", node.id, name, flattened(witness.strokes), Date.now());
      this.draft.photographing = this.draft.witness = null;
      const note = thumbPrintNote(witness.name, given, judged);
      await this.take(given.step, { visit_id: this.id, name, media_type: "image/jpeg", bytes: photo, sha256, strokes: null, note });
    });
  }

  signedAnswers(node: ViewNode): Promise<SignedAnswer[]> {
    return engine("signedAnswers", node.id);
  }

  async file(name: string): Promise<Attachment | undefined> {
    return this.unsaved.get(name) ?? this.store.get("files", [this.id, name]);
  }

  /** Notes that a field holds something that was not answered yet, or no longer. */
  isTyping(node: NodeId, isOpen: boolean): void {
    if (isOpen) this.typing.add(node);
    else this.typing.delete(node);
    this.tellSaving();
  }

  /** Tries again to save what could not be saved. */
  saveAgain(): Promise<void> {
    return this.save();
  }

  /** Ends the visit: seals it and puts it among the outgoing ones. Returns what is still to be answered, if anything. */
  async finish(): Promise<Located[]> {
    await Promise.allSettled(this.running);
    await this.requests.settled();
    // Sealing reads the files from the store.
    await this.save();
    const ending = await engine("finish", Date.now());
    if (ending.kind === "unanswered") return ending.violations;
    await this.seal(await packed(ending, this.id, this.store));
    await engine("close");
    await refreshBoard();
    return [];
  }

  private async seal(visit: Packed): Promise<void> {
    const outgoing = {
      id: this.id,
      task_id: this.draft.task_id,
      label: this.draft.label || visit.name,
      subject: this.draft.subject ?? "",
      form_title: this.title,
      xml: visit.xml,
      finished_at: Date.now(),
      upload: freshUpload(),
      draft: visit.isEncrypted ? null : this.draft,
    };
    const { instanceId, xmlSha256, attachments } = visit;
    const finished = { instanceId, xmlSha256, attachments, deviceId: deviceId(randomId), replaced: this.draft.replaced ?? [], outgoing };
    const form = this.readsLastSaved && !visit.isEncrypted ? await this.store.get("forms", this.draft.form_key) : undefined;
    await sealVisit(this.store, finished, SEAL_BYTES, form?.form_id ?? null);
  }

  /**
   * Does something with what somebody has given: until it is on disk nothing is said to be saved, and the visit does not end.
   * What the engine took down with it is nowhere: that stays said.
   */
  async during(work: () => Promise<void>): Promise<void> {
    this.nSaving += 1;
    this.tellSaving();
    const running = work();
    this.running.add(running);
    try {
      await running;
    } catch (error) {
      this.isBroken ||= error instanceof EngineError && error.code === "engine.failed";
      throw error;
    } finally {
      this.running.delete(running);
      this.nSaving -= 1;
      this.tellSaving();
    }
  }

  private async take(step: Step, file: Attachment | null = null): Promise<void> {
    this.draft.engine = step.draft;
    const saved = this.save(file);
    // A file is stored before the question that names it is drawn, for it shows the file; later changes wait for that.
    const before = Promise.all([this.lastShown, file && saved.catch(() => undefined)]);
    const shown = before.then(() => applyChange(this.view, step));
    this.lastShown = shown.catch(() => undefined);
    await shown;
    await saved;
    this.requests.serve(step.requests);
  }

  /**
   * One after the other: encrypting takes a moment, and an older state must never be written over a newer one. What could
   * not be written is written with the next save.
   */
  private save(file: Attachment | null = null): Promise<void> {
    if (file) this.unsaved.set(file.name, file);
    this.nSaving += 1;
    this.tellSaving();
    const saved = this.lastSave.then(() => this.write());
    this.lastSave = saved.then(
      () => this.endSaving(false),
      () => this.endSaving(true),
    );
    return saved;
  }

  private async write(): Promise<void> {
    this.draft = { ...this.draft, saved_at: Date.now() };
    const files = [...this.unsaved.values()];
    await saveDraft(this.store, this.draft, files);
    for (const file of files) if (this.unsaved.get(file.name) === file) this.unsaved.delete(file.name);
    void protectStorage();
  }

  private endSaving(hasFailed: boolean): void {
    this.nSaving -= 1;
    this.tellSaving(hasFailed ? "failed" : "saved");
  }

  private tellSaving(ended: Saving = this.saving.value): void {
    const isOpen = this.nSaving > 0 || this.typing.size > 0;
    if (this.isBroken) this.saving.value = "broken";
    else if (ended === "failed") this.saving.value = "failed";
    else this.saving.value = isOpen ? "saving" : "saved";
  }
}

/** Returns the language of a form that is likely the person's: `中文 (zh)` for `zh-CN`; empty where none is. */
export function languageLike(languages: readonly string[], wanted: string): string {
  const short = wanted.slice(0, 2).toLowerCase();
  const names = short === "zh" ? /中文|汉语|chinese|\(zh|^zh/i : /english|\(en|^en/i;
  return languages.find((it) => names.test(it)) ?? "";
}

function startPage(view: ViewState, draft: Draft, lost: NodeId | undefined): string {
  const page = lost === undefined ? undefined : pageOf(view, lost);
  if (page) return page.reference;
  const isThere = draft.page === SUMMARY || view.pages.some(({ reference }) => reference === draft.page);
  return isThere ? draft.page : (view.pages[0]?.reference ?? SUMMARY);
}

async function sourceOf(store: Store, key: string): Promise<Source> {
  const form = await store.get("forms", key);
  if (!form) throw new VisitError("visit.form_missing");
  const lists: Source["lists"] = [];
  for (const [instanceId] of form.lists) {
    const list = await store.get("lists", instanceId);
    if (list) lists.push({ instanceId, csv: list.csv, tag: list.etag || String(list.csv.length) });
  }
  const saved = await lastSaved(store, form.form_id);
  return { key: `${form.key}#${form.xform_sha256}`, xform: form.xform, lists, lastSaved: saved };
}

async function prefillFor(store: Store, draft: Draft): Promise<readonly Prefill[]> {
  const task = draft.task_id === null ? undefined : await store.get("tasks", draft.task_id);
  return task ? prefillOf(task) : [];
}

function envOf({ account }: OnPhone): Env {
  return {
    now_ms: Date.now(),
    offset_min: -new Date().getTimezoneOffset(),
    seed: randomSeed(),
    properties: { username: account.username, deviceid: deviceId(randomId) },
  };
}
