/** The photos of a visit: taking them, what was found wrong with them, and copies with a watermark for people. */
import { shallowReactive } from "vue";

import { limitsFor } from "@/capture/ladder";
import { markedCopy, preparePhoto, type Picture } from "@/capture/photo";
import { asPhotoNote, noteOf, takenAt, withPhotoNote, type PhotoNote } from "@/capture/photo-note";
import { shareFile } from "@/capture/share";
import { watermarkLines, type Mark, type MarkWords } from "@/capture/watermark";
import type { Located, ViewNode } from "@/engine/types";
import { isRelevant, pageOf } from "@/engine/view-state";
import type { PhotoServices, Witness } from "@/form/context";
import { SUMMARY, type VisitSession } from "./session";

/** What a watermark says of a visit. */
export type MarkFacts = Omit<Mark, "taken_at_ms">;

/** What the page tells about itself. */
export interface Surroundings {
  words(): MarkWords;
  facts(): Promise<MarkFacts>;
  /** The server's time minus this phone's, as far as is known. */
  clockOffMs(): number;
}

/** Photos of an open visit, and which of them still need a word. */
export class VisitPhotos implements PhotoServices {
  /** Notes of the photos that answers name, by file name. */
  private readonly notes = shallowReactive(new Map<string, PhotoNote>());

  constructor(
    private readonly visit: VisitSession,
    private readonly around: Surroundings,
  ) {}

  /** Reads the notes of photos that were taken before their page was opened. */
  async recall(): Promise<void> {
    for (const name of this.pictures().map(({ question }) => question?.value ?? "")) {
      if (this.notes.has(name)) continue;
      // A file that can't be read is no reason to take no other.
      const note = asPhotoNote((await this.visit.file(name).catch(() => undefined))?.note);
      if (note) this.notes.set(name, note);
    }
  }

  /** Prepares, judges and stores a picture as the answer of a question. */
  async take(node: ViewNode, picture: Picture, progress: (share: number) => void): Promise<void> {
    const { bytes, note } = await this.judged(node, picture, progress);
    await this.visit.attach(node, bytes, "image/jpeg", "jpg", null, note);
    this.remember(node, note);
  }

  /** Prepares, judges and stores the picture of a thumb print, which a witness saw. */
  async takePrint(node: ViewNode, picture: Picture, witness: Witness): Promise<void> {
    const { bytes, note } = await this.judged(node, picture);
    await this.visit.thumbPrint(node, bytes, witness, note);
    this.remember(node, note);
  }

  verdict(name: string): PhotoNote | null {
    return this.notes.get(name) ?? null;
  }

  async keep(node: ViewNode, reason: string): Promise<void> {
    const name = node.question?.value ?? "";
    const note = this.notes.get(name);
    if (!note) return;
    const explained = { ...note, reason };
    await this.visit.during(async () => this.visit.annotate(name, withPhotoNote((await this.visit.file(name))?.note, explained)));
    this.notes.set(name, explained);
  }

  async share(node: ViewNode): Promise<void> {
    const name = node.question?.value ?? "";
    const file = await this.visit.file(name);
    if (!file) return;
    const taken_at_ms = (this.notes.get(name)?.taken_at_ms ?? 0) + this.around.clockOffMs();
    const lines = watermarkLines({ ...(await this.around.facts()), taken_at_ms }, this.around.words());
    const copy = await markedCopy(new Blob([file.bytes], { type: file.media_type }), lines);
    await shareFile(new File([copy], name, { type: copy.type }));
  }

  /** Returns the questions whose photo was found wrong and nobody has said why it is used. */
  unexplained(): Located[] {
    return this.pictures().flatMap((node) => {
      const note = this.notes.get(node.question?.value ?? "");
      const code = note?.reason === "" ? note.findings[0] : undefined;
      if (code === undefined) return [];
      const page = pageOf(this.visit.view, node.id)?.id ?? node.id;
      return [{ node: node.id, page, label: node.label || node.name, code, message: "" }];
    });
  }

  private async judged(node: ViewNode, picture: Picture, progress?: (share: number) => void) {
    // Photos of pages that were not shown since the app was opened count as well.
    await this.visit.fetch(SUMMARY);
    await this.recall();
    const wish = { limits: limitsFor(node.question?.max_pixels ?? 0), others: this.likenesses(node) };
    const photo = await preparePhoto(picture, wish, progress);
    return { bytes: photo.bytes, note: noteOf(photo, takenAt(picture, Date.now())) };
  }

  /** Remembers what is noted of the photo that a question has got. */
  private remember(node: ViewNode, note: PhotoNote): void {
    this.notes.set(this.visit.view.nodes.get(node.id)?.question?.value ?? "", note);
  }

  private likenesses(except: ViewNode): string[] {
    const others = this.pictures().filter((it) => it.id !== except.id);
    return others.flatMap(({ question }) => this.notes.get(question?.value ?? "")?.likeness ?? []);
  }

  /** The questions with a photo that will be sent. */
  private pictures(): ViewNode[] {
    const { view } = this.visit;
    return [...view.nodes.values()].filter(
      ({ id, question }) =>
        question?.control === "upload" && question.media_type.startsWith("image/") && question.value !== "" && isRelevant(view, id),
    );
  }
}
