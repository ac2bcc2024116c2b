/** The exports of `wasm/evidence.js`, which `cargo xtask wasm` makes. Texts are JSON. */

/** What was measured on a photo, and what follows. */
export interface PhotoJudgement {
  /** How sharpness was measured: the server compares only what was measured alike. */
  measure: number;
  /** From 0 (nothing is sharp) to 1000. */
  sharpness: number;
  /** Mean brightness, from 0 to 255. */
  brightness: number;
  /** A fingerprint of what it shows, 16 hex digits; zeros where it shows nothing. */
  likeness: string;
  /** Codes of what is wrong. */
  findings: string[];
}

/** What the first bytes of a picture's file say. */
export type PhotoHead =
  | {
      kind: "picture";
      media_type: string;
      /** As stored. */
      width: number;
      height: number;
      /** Exif's: 1 stands upright, from 5 on width and height change places. */
      orientation: number;
      /** Whether a decoder has to hold all of it, whatever the scale. */
      is_progressive: boolean;
    }
  /** The bytes end before the size. */
  | { kind: "cut" }
  | { kind: "malformed" }
  | { kind: "unknown" };

export interface EvidenceModule {
  /** Loads the wasm file at an address. */
  default(source: { module_or_path: string }): Promise<unknown>;
  /** Returns a `PhotoHead`. */
  readPhotoHead(bytes: Uint8Array): string;
  /** Returns a `PhotoJudgement`; `others` are fingerprints separated by spaces. */
  judgePhoto(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number, others: string): string | undefined;
  /** The same for a picture's luma, a byte a pixel. */
  judgeLuma(luma: Uint8Array, width: number, height: number, others: string): string | undefined;
  /**
   * Returns the file of a signature. `points` has four numbers a point: x and y in CSS pixels, pressure from 0 to 1,
   * milliseconds. Throws JSON with a code.
   */
  encodeStrokes(
    width: number,
    height: number,
    startedAtMs: number,
    lengths: Uint32Array,
    points: Float64Array,
    binding?: Uint8Array,
  ): Uint8Array<ArrayBuffer>;
  hasEnoughInk(file: Uint8Array): boolean;
  /** The picture of a signature's file; absent where it is none. */
  strokesSvg(file: Uint8Array): string | undefined;
  /** The bytes that a seal, given as the JSON that travels, covers. Throws JSON with a code. */
  sealCanonical(seal: string): string;
}

/** A decoded photo, upright and small. */
export interface ReducedPhoto {
  readonly width: number;
  readonly height: number;
  /** Returns four bytes a pixel; a second time nothing. */
  takeRgba(): Uint8Array<ArrayBuffer>;
  free(): void;
}

/** The exports of `wasm/codec.js`. */
export interface CodecModule {
  /** Loads the wasm file at an address. */
  default(source: { module_or_path: string }): Promise<unknown>;
  /** Decodes a JPEG, PNG or WebP; throws where it cannot. */
  reducePhoto(bytes: Uint8Array, edgePx: number): ReducedPhoto;
  /** `quality` from 0 to 1. */
  encodeJpeg(rgba: Uint8Array, width: number, height: number, quality: number): Uint8Array<ArrayBuffer>;
}

/** A photo, small and upright, as planes. */
export interface SmallPhoto {
  readonly width: number;
  readonly height: number;
  /** Returns its luma, a byte a pixel. */
  luma(): Uint8Array<ArrayBuffer>;
  /** Writes a JPEG with the first of the qualities (1 to 100, best first) at which it has at most so many bytes, or with the last. */
  encode(qualities: Uint8Array, most: number): Uint8Array<ArrayBuffer>;
  free(): void;
}

/** The exports of `wasm/darkroom.js`. */
export interface DarkroomModule {
  /** Loads the wasm file at an address. */
  default(source: { module_or_path: string }): Promise<unknown>;
  /** Makes a JPEG small and upright. Throws the code `photo.incomplete` where it is damaged, `photo.unreadable` where others may read it. */
  developJpeg(jpeg: Uint8Array, edgePx: number, orientation: number): SmallPhoto;
  /** Goes all the way once with noise. */
  rehearse(): number;
}
