/** What the page and the worker that prepares photos say to each other. */
import type { PhotoJudgement } from "@/engine/evidence-contract";
import type { Limits } from "./ladder";
import type { Way } from "./plan";

/** A picture as the camera, the gallery or the viewfinder gives it. */
export type Picture = Blob | ImageBitmap;

/** Why a picture cannot be used. */
export type PhotoCode =
  | "photo.empty"
  | "photo.failed"
  | "photo.heic"
  | "photo.incomplete"
  | "photo.too_large"
  | "photo.too_many_pixels"
  | "photo.unreadable";

/** A photo as it is kept. */
export interface Photo {
  /** A JPEG within the limits, without metadata. */
  bytes: ArrayBuffer;
  width: number;
  height: number;
  /** `null` where what judges could not be loaded. */
  judgement: PhotoJudgement | null;
  /** How it was decoded; a frame of the viewfinder was not. */
  way: Way | "frame";
}

/** What is wanted of a picture. */
export interface Wish {
  limits: Limits;
  /** Fingerprints of the visit's other photos. */
  others: readonly string[];
}

export type PhotoRequest =
  /** Load what will be needed. */
  | { kind: "warm" }
  /** Only by these ways, or by any. */
  | { kind: "prepare"; picture: Picture; wish: Wish; ways: readonly Way[] | null }
  /** Judge what the page decoded. */
  | { kind: "judge"; rgba: ArrayBuffer; width: number; height: number; others: readonly string[] }
  /** Draw lines onto a copy. */
  | { kind: "mark"; photo: Blob; lines: readonly string[] };

export type PhotoReply =
  /** From 0 to 1. */
  | { kind: "progress"; share: number }
  | { kind: "prepared"; photo: Photo }
  /** The page may be able to decode it; if it cannot, the code says why. */
  | { kind: "page"; code: PhotoCode }
  | { kind: "judged"; judgement: PhotoJudgement | null }
  | { kind: "marked"; copy: Blob }
  | { kind: "failed"; code: PhotoCode };
