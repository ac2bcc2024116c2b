/**
 * A form being tried at the desk: filled in by the engine that phones run, stored nowhere, sent nowhere. Pictures and
 * signatures stay in memory until the form is opened anew.
 */
import { ref, shallowReactive, type Ref } from "vue";
import { engine } from "@/engine/client";
import type { Ending, Opened, Source, Step } from "@/engine/protocol";
import { ROOT, type Choice, type Env, type Located, type NodeId, type SignedAnswer, type ViewNode } from "@/engine/types";
import { applyChange, draw, questionsUnder, viewState, type ViewState } from "@/engine/view-state";
import { canRecord, recordSound } from "@/capture/sound";
import type { FileWork, FormHost, GivenSignature, PictureSource, Place, Recording } from "@/form/context";
import type { Strokes } from "@/ui/strokes";
import { samplePicture } from "./samplePicture";

/** Values by path, set like defaults. */
export type Prefill = readonly (readonly [string, string])[];

/** The world as the trial sees it: the desk's own clock. */
export function trialEnv(): Env {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  const properties = { username: "trial", deviceid: "desk" };
  return { now_ms: Date.now(), offset_min: -new Date().getTimezoneOffset(), seed, properties };
}

export class Preview implements FormHost {
  readonly view: ViewState;
  /** Number of the page shown. */
  readonly at: Ref<number> = ref(0);
  readonly hasViewfinder = false;
  readonly hasThumbPrint = false;
  readonly hasRecorder = canRecord();
  readonly #judged = shallowReactive(new Set<NodeId>());
  readonly #work = shallowReactive(new Map<NodeId, FileWork>());
  readonly #files = new Map<string, Blob>();
  readonly #strokes = new Map<string, Strokes>();

  /** `all` are the nodes of the form, hidden ones too: who it is about may be asked anywhere. */
  private constructor(opened: Opened, all: readonly ViewNode[]) {
    this.view = viewState(opened);
    draw(this.view, all);
    // A trial tells nobody where the desk is.
    for (const { id } of opened.requests) void this.#take(engine("supply", id, "", Date.now()));
  }

  /** Opens a form; rejects with the engine's error. */
  static async open(source: Source, prefill: Prefill, language: string): Promise<Preview> {
    const opened = await engine("open", source, trialEnv(), prefill);
    const preview = new Preview(opened, await engine("page", ROOT));
    await preview.speak(language);
    return preview;
  }

  /** Shows the form in another of its languages; one it does not have changes nothing. */
  async speak(language: string): Promise<void> {
    if (language === this.view.language || !this.view.languages.includes(language)) return;
    await this.#take(engine("speak", language));
    this.view.language = language;
  }

  /** Returns the page now shown. */
  get page(): ViewNode | undefined {
    return this.view.nodes.get(this.view.pages[Math.min(this.at.value, this.view.pages.length - 1)]?.id ?? -1);
  }

  /** Leads on; returns the first question of the page that is still wrong, where it stays. */
  async next(): Promise<NodeId | undefined> {
    await engine("violations");
    const wrong = this.page ? questionsUnder(this.view, this.page.id).filter((it) => it.question?.violation) : [];
    for (const it of wrong) this.judge(it.id);
    if (wrong[0]) return wrong[0].id;
    this.at.value = Math.min(this.at.value + 1, this.view.pages.length - 1);
    return undefined;
  }

  /** Shows the page of a question, judged. */
  show(located: Located): void {
    this.judge(located.node);
    this.at.value = Math.max(0, this.view.pages.findIndex(({ id }) => id === located.page));
  }

  finish(): Promise<Ending> {
    return engine("finish", Date.now());
  }

  node = (id: NodeId): ViewNode | undefined => this.view.nodes.get(id);
  isJudged = (id: NodeId): boolean => this.#judged.has(id);
  judge = (id: NodeId): void => void this.#judged.add(id);
  fileWork = (id: NodeId): FileWork => this.#work.get(id) ?? { kind: "idle" };

  answer(id: NodeId, value: string): Promise<void> {
    return this.#take(engine("answer", id, value, Date.now()));
  }

  search(id: NodeId, query: string, limit: number): Promise<Choice[]> {
    return engine("search", id, query, limit);
  }

  addInstance(repeat: NodeId): Promise<void> {
    return this.#take(engine("addInstance", repeat, Date.now()));
  }

  removeInstance(instance: NodeId): Promise<void> {
    return this.#take(engine("removeInstance", instance, Date.now()));
  }

  /** The camera of a trial gives a drawn picture at once; the gallery is the desk's own files. */
  async takePicture(node: ViewNode, from: PictureSource): Promise<void> {
    if (from !== "gallery") return this.#attach(node, await samplePicture(node.question?.max_pixels ?? 0));
    await this.#choose(node, "image/*");
  }

  async chooseFile(node: ViewNode): Promise<void> {
    await this.#choose(node, node.question?.media_type || "*/*");
  }

  async record(node: ViewNode): Promise<Recording | null> {
    this.#work.delete(node.id);
    const recording = await recordSound(node.question?.quality).catch(() => null);
    if (recording) return { ended: recording.ended, keep: async () => this.#attach(node, await recording.stop()) };
    this.#work.set(node.id, { kind: "failed", code: "form.sound_refused" });
    return null;
  }

  async sign(node: ViewNode, strokes: Strokes): Promise<void> {
    if (strokes.lines.length === 0) return this.answer(node.id, "");
    const { signaturePng } = await import("@/capture/signature");
    await this.#attach(node, new Blob([await signaturePng(strokes)], { type: "image/png" }));
    this.#strokes.set(this.node(node.id)?.question?.value ?? "", strokes);
  }

  async signatureOf(node: ViewNode): Promise<GivenSignature | null> {
    const strokes = this.#strokes.get(node.question?.value ?? "");
    return strokes ? { strokes, witness: null } : null;
  }

  signedAnswers(node: ViewNode): Promise<SignedAnswer[]> {
    return engine("signedAnswers", node.id);
  }

  /** A trial takes any ink. */
  async hasEnoughInk({ lines }: Strokes): Promise<boolean> {
    return lines.length > 0;
  }

  async thumbPrint(node: ViewNode): Promise<void> {
    await this.takePicture(node, "camera");
  }

  async fileUrl(name: string): Promise<string | null> {
    const file = this.#files.get(name);
    return file ? URL.createObjectURL(file) : null;
  }

  async locate(node: ViewNode): Promise<Place> {
    const { locate } = await import("@/capture/location");
    return locate(node.question?.accuracy_m[0] ?? 0);
  }

  async #choose(node: ViewNode, mediaType: string): Promise<void> {
    const { chooseFile } = await import("@/capture/camera");
    const file = await chooseFile({ mediaType, useCamera: false });
    if (file) await this.#attach(node, file);
  }

  async #attach(node: ViewNode, content: Blob): Promise<void> {
    const [chance = 0] = crypto.getRandomValues(new Uint32Array(1));
    const name = `${node.name}-${chance}.${content.type.split("/")[1]?.replace("jpeg", "jpg") ?? "bin"}`;
    this.#files.delete(node.question?.value ?? "");
    this.#files.set(name, content);
    await this.answer(node.id, name);
    this.judge(node.id);
  }

  async #take(step: Promise<Step>): Promise<void> {
    const change = await step;
    applyChange(this.view, change);
    for (const { id } of change.requests) await this.#take(engine("supply", id, "", Date.now()));
    this.at.value = Math.max(0, Math.min(this.at.value, this.view.pages.length - 1));
  }
}
