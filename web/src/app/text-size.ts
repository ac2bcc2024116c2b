/** The size of text that the person chose; kept on the phone. */

import { readLocal, writeLocal } from "@/offline/local";

/** Sizes offered, with their factor. The smallest already has 18 px main text; the largest reaches 26 px. */
export const TEXT_SIZES = [
  { id: "normal", scale: 1 },
  { id: "large", scale: 1.2 },
  { id: "largest", scale: 1.45 },
] as const;

/** A size of text. */
export type TextSize = (typeof TEXT_SIZES)[number]["id"];

const KEY = "doorstep.text-size";

/** Returns the size chosen, else the normal one. */
export function textSize(): TextSize {
  const stored = readLocal(KEY);
  return TEXT_SIZES.find((it) => it.id === stored)?.id ?? "normal";
}

/** Applies the chosen size to the page. */
export function applyTextSize(): void {
  const size = TEXT_SIZES.find((it) => it.id === textSize());
  document.documentElement.style.setProperty("--text-scale", String(size?.scale ?? 1));
}

/** Chooses a size. */
export function chooseTextSize(size: TextSize): void {
  writeLocal(KEY, size);
  applyTextSize();
}
