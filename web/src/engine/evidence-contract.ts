/** The exports of `wasm/evidence.js`, which `cargo xtask wasm` makes. Texts are JSON. */

/** What was measured on a photo, and what follows. */
export interface PhotoJudgement {
  /** From 0 (nothing is sharp) to 1000. */
  sharpness: number;
  /** Mean brightness, from 0 to 255. */
  brightness: number;
  /** A fingerprint of what it shows, 16 hex digits; zeros where it shows nothing. */
  likeness: string;
  /** Codes of what is wrong. */
  findings: string[];
}

export interface EvidenceModule {
  /** Loads the wasm file at an address. */
  default(source: { module_or_path: string }): Promise<unknown>;
  /** Returns a `PhotoJudgement`; `others` are fingerprints separated by spaces. */
  judgePhoto(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number, others: string): string | undefined;
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
}
