/** Connects the form on the screen with the visit, the cameras and the phone's store. */
import { shallowReactive, shallowRef } from "vue";

import { canShowViewfinder, chooseFile } from "@/capture/camera";
import { limitsFor } from "@/capture/ladder";
import { locate } from "@/capture/location";
import { PhotoError, preparePhoto } from "@/capture/photo";
import type { NodeId, ViewNode } from "@/engine/types";
import type { FileWork, FormHost, PictureSource } from "@/form/context";
import type { VisitSession } from "./session";
import { pictureOf, signingOf } from "./signing";

/** Files other than pictures are sent as they are, up to this size. */
export const LARGEST_FILE_BYTES = 25_000_000;

/** A picture wanted from the in-page viewfinder; the viewfinder answers it. */
export interface Framing {
  settle(picture: Blob | null): void;
}

/** The host of a visit, and what its page has to show besides the form. */
export interface VisitHost extends FormHost {
  /** The viewfinder to show, if any. */
  framing: { readonly value: Framing | null };
}

/** Returns the host of an open visit. */
export function hostOf(visit: VisitSession): VisitHost {
  const work = shallowReactive(new Map<NodeId, FileWork>());
  const framing = shallowRef<Framing | null>(null);

  function frame(): Promise<Blob | null> {
    return new Promise((resolve) => {
      framing.value = {
        settle(picture) {
          framing.value = null;
          resolve(picture);
        },
      };
    });
  }

  async function choose(node: ViewNode, mediaType: string, from: PictureSource): Promise<Blob | null> {
    await visit.beforeCapture(node);
    const file = from === "viewfinder" ? await frame() : await chooseFile({ mediaType, useCamera: from === "camera" });
    if (!file) await visit.afterCapture();
    return file;
  }

  /** Runs work on a question's file; a failure is shown beside the question. */
  async function working(node: ViewNode, job: () => Promise<void>): Promise<void> {
    work.set(node.id, { kind: "working" });
    try {
      await job();
      work.delete(node.id);
      visit.judged.add(node.id);
    } catch (error) {
      work.set(node.id, { kind: "failed", code: error instanceof PhotoError ? error.code : "storage.failed" });
      await visit.afterCapture().catch(() => undefined);
    }
  }

  return {
    framing,
    hasViewfinder: canShowViewfinder(),
    node: (id) => visit.view.nodes.get(id),
    isJudged: (id) => visit.judged.has(id),
    judge: (id) => void visit.judged.add(id),
    answer: (id, value) => visit.answer(id, value),
    search: (id, query, limit) => visit.search(id, query, limit),
    addInstance: (repeat) => visit.addInstance(repeat),
    removeInstance: (instance) => visit.removeInstance(instance),
    fileWork: (id) => work.get(id) ?? { kind: "idle" },
    locate: (node) => locate(node.question?.accuracy_m[0] ?? 0),

    async takePicture(node, from) {
      work.delete(node.id);
      const picture = await choose(node, "image/*", from);
      if (!picture) return;
      await working(node, async () => {
        const bytes = await preparePhoto(picture, limitsFor(node.question?.max_pixels ?? 0));
        await visit.attach(node, bytes, "image/jpeg", "jpg", null);
      });
    },

    async chooseFile(node) {
      work.delete(node.id);
      const file = await choose(node, node.question?.media_type || "*/*", "gallery");
      if (!file) return;
      if (file.size === 0 || file.size > LARGEST_FILE_BYTES) {
        work.set(node.id, { kind: "failed", code: file.size === 0 ? "photo.empty" : "file.too_large" });
        return visit.afterCapture();
      }
      await working(node, async () => {
        await visit.attach(node, await file.arrayBuffer(), file.type || "application/octet-stream", extensionOf(file), null);
      });
    },

    ...signingOf(visit, { shoot: (node) => choose(node, "image/*", "camera"), working }),

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
    answer: (id, value) => watched(host.answer(id, value)),
    addInstance: (repeat) => watched(host.addInstance(repeat)),
    removeInstance: (instance) => watched(host.removeInstance(instance)),
    takePicture: (node, from) => watched(host.takePicture(node, from)),
    chooseFile: (node) => watched(host.chooseFile(node)),
    sign: (node, strokes) => watched(host.sign(node, strokes)),
    thumbPrint: (node, witness) => watched(host.thumbPrint(node, witness)),
  };
}

function extensionOf(file: Blob): string {
  const fromName = file instanceof File ? /\.([A-Za-z0-9]{1,5})$/.exec(file.name)?.[1] : undefined;
  return (fromName ?? file.type.split("/")[1]?.split(";")[0] ?? "bin").toLowerCase();
}
