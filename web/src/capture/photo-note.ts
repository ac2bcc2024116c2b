/** What the phone notes about a photo. It travels with the submission; the server judges the photo again and compares. */
import type { FileNote } from "@/offline/store";
import type { Photo } from "./photo-protocol";

/** Every name and unit is part of what is sent. */
export interface PhotoNote extends FileNote {
  readonly kind: "photo";
  /** See [`takenAt`]; by the phone's clock. */
  readonly taken_at_ms: number;
  readonly width: number;
  readonly height: number;
  /** How sharpness was measured; with what was measured, absent where the photo could not be judged here. */
  readonly measure?: number;
  /** From 0 to 1000. */
  readonly sharpness?: number;
  /** From 0 to 255. */
  readonly brightness?: number;
  /** 16 hex digits. */
  readonly likeness?: string;
  readonly findings: readonly string[];
  /** Why it is used although something is wrong; empty where nothing is, or nobody said. */
  readonly reason: string;
}

/** Returns the note of a photo. */
export function noteOf({ width, height, judgement }: Photo, taken_at_ms: number): PhotoNote {
  return { kind: "photo", taken_at_ms, width, height, findings: [], ...judgement, reason: "" };
}

/** Returns when a picture was taken: one out of the gallery when its file was written, one that this page took just now. */
export function takenAt(picture: object, nowMs: number): number {
  const written = "lastModified" in picture ? Number(picture.lastModified) : 0;
  return written > 0 && written < nowMs ? written : nowMs;
}

/** A note of something else that was photographed, e.g. of a thumb print, with that of its photo in it. */
interface AroundPhoto extends FileNote {
  readonly photo?: PhotoNote;
}

/** Returns what is noted of a photo, by itself or within another note. */
export function asPhotoNote(note: FileNote | null | undefined): PhotoNote | null {
  if (note?.kind === "photo") return note as PhotoNote;
  return (note as AroundPhoto | null | undefined)?.photo ?? null;
}

/** Returns a file's note with another one of its photo. */
export function withPhotoNote(note: FileNote | null | undefined, photo: PhotoNote): FileNote {
  return note && note.kind !== "photo" ? ({ ...note, photo } as AroundPhoto) : photo;
}
