/**
 * A form on the screen: the nodes of the pages seen so far, which of them may be judged, and the files chosen. Pages are
 * fetched when they are turned to; afterwards changes tell of them.
 */
import { shallowReactive } from "vue";

import { canRecord, recordSound, soundExtension } from "@/capture/sound";
import { takeOver } from "@/engine/patch";
import type { Located, NodeId, SignedAnswer, ViewNode, ViewPatch } from "@/engine/types";
import { geopointText } from "@/form/geopoint";
import type { FileWork, FormHost, GivenSignature, PictureSource, Recording } from "@/form/context";
import type { Strokes } from "@/ui/strokes";
import type { Ending, FormVisit } from "./engine";

/** What a host is asked to take in one file. */
const LARGEST_BYTES = 25_000_000;

/** What whoever shows the form wants to hear. */
export interface Listener {
  changed(reference: string, value: string): void;
}

/** What the page shows of the form as a whole; reactive. */
interface Shown {
  pages: NodeId[];
  at: number;
}

export class OpenForm implements FormHost {
  readonly shown: Shown;
  readonly hasViewfinder = false;
  readonly hasThumbPrint = false;
  readonly hasRecorder = canRecord();
  readonly #nodes = shallowReactive(new Map<NodeId, ViewNode>());
  readonly #judged = shallowReactive(new Set<NodeId>());
  readonly #work = shallowReactive(new Map<NodeId, FileWork>());
  readonly #strokes = new Map<string, Strokes>();
  #released: Promise<void> = Promise.resolve();
  #isLeft = false;

  constructor(
    readonly visit: FormVisit,
    /** Chosen files by name; the submission refers to them. */
    readonly files: Map<string, File>,
    private readonly listener: Listener,
  ) {
    this.shown = shallowReactive({ pages: visit.pages(), at: 0 });
    this.turnTo(0);
    void this.#serveRequests();
  }

  /** Shows a page, which it fetches if nobody has seen it. */
  turnTo(at: number): void {
    const id = this.shown.pages[at];
    if (id === undefined) return;
    if (!this.#nodes.has(id)) this.#draw(this.visit.page(id));
    this.shown.at = at;
  }

  /** Shows what is still wrong: the page of the first of them, judged. Returns that one. */
  accuse(violations: readonly Located[]): Located | undefined {
    for (const { node } of violations) this.#judged.add(node);
    const first = violations[0];
    if (first) this.turnTo(Math.max(0, this.shown.pages.indexOf(first.page)));
    return first;
  }

  /** Returns what is wrong on the page now shown. */
  wrongHere(): Located[] {
    const page = this.shown.pages[this.shown.at];
    return this.visit.violations().filter((it) => it.page === page);
  }

  finish(): Ending {
    return this.visit.finish();
  }

  /** Ends it: answers that are still on their way are nobody's any more. */
  leave(): void {
    this.#isLeft = true;
    this.visit.close();
  }

  speak(language: string): void {
    this.#take(this.visit.setLanguage(language));
  }

  node = (id: NodeId): ViewNode | undefined => this.#nodes.get(id);
  isJudged = (id: NodeId): boolean => this.#judged.has(id);
  judge = (id: NodeId): void => void this.#judged.add(id);
  fileWork = (id: NodeId): FileWork => this.#work.get(id) ?? { kind: "idle" };

  async answer(id: NodeId, value: string): Promise<void> {
    if (this.#isLeft) return;
    const patch = this.visit.answer(id, value);
    await this.#released;
    if (this.#isLeft) return;
    this.#take(patch);
    this.#tell(id, value);
  }

  /**
   * A pointer went down. Leaving a field by it answers, but nothing moves before it is up again: the button under it would
   * not be there any more.
   */
  press(): void {
    this.#released = new Promise((resolve) => {
      const release = () => setTimeout(resolve);
      for (const type of ["pointerup", "pointercancel"]) addEventListener(type, release, { once: true });
    });
  }

  async search(id: NodeId, query: string, limit: number) {
    return this.visit.choices(id, query, limit);
  }

  async addInstance(repeat: NodeId): Promise<void> {
    this.#take(this.visit.add(repeat));
    this.#tell(repeat, "");
  }

  async removeInstance(instance: NodeId): Promise<void> {
    const { parent } = this.node(instance) ?? { parent: null };
    this.#take(this.visit.remove(instance));
    if (parent !== null) this.#tell(parent, "");
  }

  async takePicture(node: ViewNode, from: PictureSource): Promise<void> {
    const { chooseFile } = await import("@/capture/camera");
    const picture = await chooseFile({ mediaType: "image/*", useCamera: from === "camera" });
    if (!picture) return;
    await this.#working(node, async () => {
      const { smallPicture } = await import("./picture");
      await this.#attach(node, await smallPicture(picture, node.question?.max_pixels ?? 0));
    });
  }

  async chooseFile(node: ViewNode): Promise<void> {
    const { chooseFile } = await import("@/capture/camera");
    const file = await chooseFile({ mediaType: node.question?.media_type || "*/*", useCamera: false });
    if (!file) return;
    if (file.size > LARGEST_BYTES) return void this.#work.set(node.id, { kind: "failed", code: "file.too_large", params: { limit: String(LARGEST_BYTES / 1e6) } });
    await this.#working(node, () => this.#attach(node, file));
  }

  async record(node: ViewNode): Promise<Recording | null> {
    this.#work.delete(node.id);
    const recording = await recordSound(node.question?.quality).catch(() => null);
    if (!recording) {
      this.#work.set(node.id, { kind: "failed", code: "form.sound_refused" });
      return null;
    }
    const attach = (sound: Blob) => this.#attach(node, new File([sound], `sound.${soundExtension(sound)}`, { type: sound.type }));
    return { ended: recording.ended, keep: () => this.#working(node, async () => attach(await recording.stop())) };
  }

  async sign(node: ViewNode, strokes: Strokes): Promise<void> {
    if (strokes.lines.length === 0) return this.answer(node.id, "");
    const { signaturePng } = await import("@/capture/signature");
    const name = await this.#attach(node, new Blob([await signaturePng(strokes)], { type: "image/png" }));
    this.#strokes.set(name, strokes);
  }

  async signatureOf(node: ViewNode): Promise<GivenSignature | null> {
    const strokes = this.#strokes.get(node.question?.value ?? "");
    return strokes ? { strokes, witness: null } : null;
  }

  async signedAnswers(node: ViewNode): Promise<SignedAnswer[]> {
    return this.visit.signedAnswers(node.id);
  }

  /** Ink is judged where it arrives. */
  async hasEnoughInk({ lines }: Strokes): Promise<boolean> {
    return lines.length > 0;
  }

  async thumbPrint(node: ViewNode): Promise<void> {
    await this.takePicture(node, "camera");
  }

  async fileUrl(name: string): Promise<string | null> {
    const file = this.files.get(name);
    return file ? URL.createObjectURL(file) : null;
  }

  async locate(node: ViewNode) {
    const { locate } = await import("@/capture/location");
    return locate(node.question?.accuracy_m[0] ?? 0);
  }

  async #attach(node: ViewNode, content: Blob): Promise<string> {
    const kind = content instanceof File ? /\.([A-Za-z0-9]{1,5})$/.exec(content.name)?.[1] : content.type.split("/")[1];
    const chance = crypto.getRandomValues(new Uint32Array(2)).join("");
    const name = `${node.name}-${chance}.${(kind ?? "bin").replace("jpeg", "jpg").toLowerCase()}`;
    this.files.delete(node.question?.value ?? "");
    this.files.set(name, new File([content], name, { type: content.type }));
    await this.answer(node.id, name);
    return name;
  }

  async #working(node: ViewNode, job: () => Promise<unknown>): Promise<void> {
    this.#work.set(node.id, { kind: "working" });
    try {
      await job();
      this.#work.delete(node.id);
      this.judge(node.id);
    } catch (error) {
      const isCoded = error instanceof Error && "code" in error && typeof error.code === "string";
      this.#work.set(node.id, { kind: "failed", code: isCoded ? String(error.code) : "photo.failed" });
    }
  }

  #draw(nodes: readonly ViewNode[]): void {
    for (const node of nodes) this.#nodes.set(node.id, node);
  }

  /** Takes over what changed; a new instance comes with all below it. */
  #take(patch: ViewPatch): void {
    takeOver(this.#nodes, patch, patch.added.flatMap((id) => this.visit.page(id)));
    if (patch.pages) this.#turnPages();
  }

  /** Asks for the pages there are now, and stays on the one that is shown. */
  #turnPages(): void {
    const page = this.shown.pages[this.shown.at];
    this.shown.pages = this.visit.pages();
    const at = page === undefined ? 0 : this.shown.pages.indexOf(page);
    this.turnTo(at < 0 ? Math.min(this.shown.at, this.shown.pages.length - 1) : at);
  }

  #tell(id: NodeId, value: string): void {
    this.listener.changed(this.visit.reference(id) ?? "", value);
    void this.#serveRequests();
  }

  /** Tells the form where the device is, where it asks without a question for it; one place for all that ask together. */
  async #serveRequests(): Promise<void> {
    const requests = this.visit.requests();
    if (requests.length === 0) return;
    const { locate } = await import("@/capture/location");
    const place = await locate(0);
    if (this.#isLeft) return;
    for (const { id } of requests) this.#take(this.visit.supply(id, place.kind === "found" ? geopointText(place) : ""));
  }
}
