/** Connects the form on the screen with the visit, the cameras and the phone's store. */
import { shallowReactive, shallowRef, watch } from "vue";

import { canShowViewfinder, chooseFile } from "@/capture/camera";
import { LARGEST_FILE_BYTES } from "@/capture/limits";
import { locate } from "@/capture/location";
import { PhotoError, warmUpPhotos, type Picture } from "@/capture/photo";
import { canRecord, recordSound, soundExtension } from "@/capture/sound";
import { EngineError } from "@/engine/client";
import type { NodeId, ViewNode } from "@/engine/types";
import type { FileWork, FormHost, PictureSource } from "@/form/context";
import { room, roomLeft, storage } from "@/offline/storage";
import { storageCode } from "@/offline/trouble";
import { VisitPhotos, type Surroundings } from "./photos";
import type { VisitSession } from "./session";
import { pictureOf, signingOf } from "./signing";

/** A picture wanted from the in-page viewfinder; the viewfinder answers it. */
export interface Framing {
  settle(picture: Picture | null): void;
}

/** The host of a visit, and what its page has to show besides the form. */
export interface VisitHost extends FormHost {
  /** The viewfinder to show, if any. */
  framing: { readonly value: Framing | null };
  /** The photos taken so far. */
  taken: VisitPhotos;
}

/** Why a file that is no picture is not kept, as a message code. */
class FileError extends Error {
  constructor(
    readonly code: "file.empty" | "file.too_large",
    readonly params: Record<string, string> = {},
  ) {
    super(code);
    this.name = "FileError";
  }
}

/** Returns the host of an open visit. */
export function hostOf(visit: VisitSession, around: Surroundings): VisitHost {
  const work = shallowReactive(new Map<NodeId, FileWork>());
  const framing = shallowRef<Framing | null>(null);
  const photos = new VisitPhotos(visit, around);

  // What could not be stored is stored now: nothing is to be said of it any more.
  watch(visit.saving, (saving) => {
    if (saving !== "saved") return;
    for (const [node, it] of work) if (it.kind === "failed" && it.code.startsWith("storage.")) work.delete(node);
  });

  function frame(): Promise<Picture | null> {
    return new Promise((resolve) => {
      framing.value = {
        settle(picture) {
          framing.value = null;
          resolve(picture);
        },
      };
    });
  }

  async function choose<F>(node: ViewNode, open: () => Promise<F | null>): Promise<F | null> {
    await visit.beforeCapture(node);
    const file = await open();
    if (!file) await visit.afterCapture();
    return file;
  }

  /** Says so before a picture is taken that there would be no room for. */
  async function hasRoom(node: ViewNode): Promise<boolean> {
    // As it was looked at last: a chooser opens only shortly after the touch. Where there was none, somebody may have made some.
    const known = room(storage.value);
    const looking = roomLeft();
    if (known !== "none" || (await looking) !== "none") return true;
    work.set(node.id, { kind: "failed", code: "storage.no_room" });
    return false;
  }

  async function picture(node: ViewNode, from: PictureSource): Promise<Picture | null> {
    if (!(await hasRoom(node))) return null;
    const open = () => (from === "viewfinder" ? frame() : chooseFile({ mediaType: "image/*", useCamera: from === "camera" }));
    return choose<Picture>(node, open);
  }

  /** Runs work on a question's file; a failure is shown beside the question. */
  async function working(node: ViewNode, job: () => Promise<void>): Promise<void> {
    work.set(node.id, { kind: "working" });
    try {
      await visit.during(job);
      work.delete(node.id);
      visit.judged.add(node.id);
    } catch (error) {
      work.set(node.id, { kind: "failed", ...failureOf(error) });
      await visit.afterCapture().catch(() => undefined);
    }
  }

  /** Keeps a file that is no picture, unless the server would not take it. */
  async function attach(node: ViewNode, file: Blob, mediaType: string, extension: string): Promise<void> {
    if (file.size === 0) throw new FileError("file.empty");
    if (file.size > LARGEST_FILE_BYTES) throw new FileError("file.too_large", { limit: String(LARGEST_FILE_BYTES / 1e6) });
    await visit.attach(node, await file.arrayBuffer(), mediaType, extension, null);
  }

  return {
    framing,
    taken: photos,
    photos,
    hasViewfinder: canShowViewfinder(),
    hasRecorder: canRecord(),
    node: (id) => visit.view.nodes.get(id),
    isJudged: (id) => visit.judged.has(id),
    judge: (id) => void visit.judged.add(id),
    typing: (id, isOpen) => visit.isTyping(id, isOpen),
    answer: (id, value) => visit.answer(id, value),
    search: (id, query, limit) => visit.search(id, query, limit),
    addInstance: (repeat) => visit.addInstance(repeat),
    removeInstance: (instance) => visit.removeInstance(instance),
    fileWork: (id) => work.get(id) ?? { kind: "idle" },
    locate: (node) => locate(node.question?.accuracy_m[0] ?? 0),

    async takePicture(node, from) {
      work.delete(node.id);
      warmUpPhotos();
      const taken = await picture(node, from);
      if (!taken) return;
      await working(node, () => photos.take(node, taken, (share) => work.set(node.id, { kind: "working", share })));
    },

    async chooseFile(node) {
      work.delete(node.id);
      const mediaType = node.question?.media_type || "*/*";
      const file = await choose(node, () => chooseFile({ mediaType, useCamera: false }));
      if (!file) return;
      await working(node, () => attach(node, file, file.type || "application/octet-stream", extensionOf(file)));
    },

    async record(node) {
      work.delete(node.id);
      try {
        const recording = await recordSound(node.question?.quality);
        const keep = async (sound: Blob) => attach(node, sound, sound.type, soundExtension(sound));
        return { ended: recording.ended, keep: () => working(node, async () => keep(await recording.stop())) };
      } catch {
        work.set(node.id, { kind: "failed", code: "form.sound_refused" });
        return null;
      }
    },

    ...signingOf(visit, {
      shoot: picture,
      working,
      takePrint: (node, taken, witness) => photos.takePrint(node, taken, witness),
    }),

    async fileUrl(name) {
      const file = await visit.file(name);
      return file ? URL.createObjectURL(await pictureOf(file)) : null;
    },
  };
}

/** Returns the host with every call that changes something watched: controls do not wait for it, so nobody else would. */
export function guarded(host: VisitHost, onTrouble: (error: unknown) => void): VisitHost {
  const watched = (work: Promise<void>) => work.catch(onTrouble);
  return {
    ...host,
    photos: {
      verdict: (name) => host.taken.verdict(name),
      keep: (node, reason) => watched(host.taken.keep(node, reason)),
      share: (node) => watched(host.taken.share(node)),
    },
    answer: (id, value) => watched(host.answer(id, value)),
    addInstance: (repeat) => watched(host.addInstance(repeat)),
    removeInstance: (instance) => watched(host.removeInstance(instance)),
    takePicture: (node, from) => watched(host.takePicture(node, from)),
    chooseFile: (node) => watched(host.chooseFile(node)),
    sign: (node, strokes) => watched(host.sign(node, strokes)),
    thumbPrint: (node, from, witness) => watched(host.thumbPrint(node, from, witness)),
  };
}

function failureOf(error: unknown): { code: string; params?: Record<string, string> } {
  if (error instanceof FileError || error instanceof EngineError) return { code: error.code, params: error.params };
  return { code: error instanceof PhotoError ? error.code : storageCode(error) };
}

function extensionOf(file: Blob): string {
  const fromName = file instanceof File ? /\.([A-Za-z0-9]{1,5})$/.exec(file.name)?.[1] : undefined;
  return (fromName ?? file.type.split("/")[1]?.split(";")[0] ?? "bin").toLowerCase();
}
