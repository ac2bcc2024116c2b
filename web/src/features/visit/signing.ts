/** Signatures of a visit: strokes, or a thumb print beside a witness, and what is noted of each. */
import { warmUpPhotos, type Picture } from "@/capture/photo";
import type { PhotoNote } from "@/capture/photo-note";
import { engine } from "@/engine/client";
import type { ViewNode } from "@/engine/types";
import type { FormHost, PictureSource, Witness } from "@/form/context";
import type { Attachment, FileNote } from "@/offline/store";
import { flattened } from "@/ui/strokes";
import type { VisitSession } from "./session";

/** The media type of a signature's file. */
export const STROKES = "application/vnd.doorstep.strokes";

/** What travels with a signature: what it covers stands in its own file, for a thumb print in the note. */
export interface SignatureNote extends FileNote {
  readonly kind: "signature";
  readonly mode: "strokes" | "thumb_print";
  /** What a thumb print covers, in hex as the engine's `evidence::binding` writes it; empty where the form does not say. */
  readonly binding?: string;
  /** Who saw a thumb print: the name, and the file of the witness's own strokes in base64. */
  readonly witness?: { readonly name: string; readonly strokes: string };
  /** What is noted of a thumb print's photo. */
  readonly photo?: PhotoNote;
}

/** What is noted of strokes. */
export const SIGNED: SignatureNote = { kind: "signature", mode: "strokes" };

/** Returns what is noted of a thumb print. */
export function thumbPrintNote(name: string, { binding, witness }: { binding: string; witness: string }, photo: PhotoNote): SignatureNote {
  return { kind: "signature", mode: "thumb_print", binding, witness: { name, strokes: witness }, photo };
}

function isSignature(note: FileNote | null | undefined): note is SignatureNote {
  return note?.kind === "signature";
}

type Signing = Pick<FormHost, "sign" | "signatureOf" | "signedAnswers" | "hasThumbPrint" | "hasEnoughInk" | "thumbPrint" | "keepWitness" | "witnessOf">;

/** Takes the picture of a question (`null` where none was taken), says what goes on, and keeps it as a thumb print. */
interface Camera {
  shoot(node: ViewNode, from: PictureSource): Promise<Picture | null>;
  working(node: ViewNode, job: () => Promise<void>): Promise<void>;
  takePrint(node: ViewNode, picture: Picture, witness: Witness): Promise<void>;
}

/** Returns the part of a visit's host that signs. */
export function signingOf(visit: VisitSession, camera: Camera): Signing {
  return {
    hasThumbPrint: true,
    sign: (node, strokes) => (strokes.lines.length === 0 ? visit.answer(node.id, "") : visit.sign(node, strokes)),
    signedAnswers: (node) => visit.signedAnswers(node),
    hasEnoughInk: (strokes) => engine("hasEnoughInk", flattened(strokes)),

    async signatureOf(node) {
      const name = node.question?.value ?? "";
      const file = name === "" ? undefined : await visit.file(name);
      if (!file) return null;
      const witness = isSignature(file.note) ? (file.note.witness?.name ?? null) : null;
      return { strokes: file.strokes, witness };
    },

    keepWitness: (node, begun) => visit.keepWitness(node, begun),
    witnessOf: (node) => visit.witnessOf(node),

    async thumbPrint(node, from, witness) {
      warmUpPhotos();
      const picture = await camera.shoot(node, from);
      if (picture) await camera.working(node, () => camera.takePrint(node, picture, witness));
    },
  };
}

/** Returns the picture of a stored file: that of a signature is drawn. */
export async function pictureOf({ bytes, media_type }: Attachment): Promise<Blob> {
  if (media_type !== STROKES) return new Blob([bytes], { type: media_type });
  return new Blob([await engine("strokesSvg", bytes)], { type: "image/svg+xml" });
}
