/** What the phone notes about a photo. It travels with the submission; the server judges the photo again and compares. */
import type { FileNote } from "@/offline/store";
import type { Photo } from "./photo-protocol";

/** Every name and unit is part of what is sent. */
export interface PhotoNote extends FileNote {
  readonly kind: "photo";
  readonly taken_at_ms: number;
  readonly width: number;
  readonly height: number;
  /** How sharpness was measured. */
  readonly measure: number;
  /** From 0 to 1000. */
  readonly sharpness: number;
  /** From 0 to 255. */
  readonly brightness: number;
  /** 16 hex digits. */
  readonly likeness: string;
  readonly findings: readonly string[];
  /** Why it is used although something is wrong; empty where nothing is, or nobody said. */
  readonly reason: string;
}

/** Returns the note of a photo; `null` where it could not be judged. */
export function noteOf({ width, height, judgement }: Photo, taken_at_ms: number): PhotoNote | null {
  if (!judgement) return null;
  const { measure, sharpness, brightness, likeness, findings } = judgement;
  return { kind: "photo", taken_at_ms, width, height, measure, sharpness, brightness, likeness, findings, reason: "" };
}

/** Returns a file's note if it is that of a photo. */
export function asPhotoNote(note: FileNote | null | undefined): PhotoNote | null {
  return note?.kind === "photo" ? (note as PhotoNote) : null;
}
