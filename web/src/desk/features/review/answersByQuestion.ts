/** What a visit answered, as another version of its form can look for it. */
import type { Answer } from "@/api/deskTypes";

/** Returns a question's path without the root's name, which versions may differ in, and without positions of a repeat. */
export function pathOf(reference: string): string {
  return reference.replace(/^\/[^/]*/u, "").replace(/\[\d+\]/gu, "");
}

/** Returns the answers as people read them by [`pathOf`] of their question: several where it was asked several times. */
export function answersByQuestion(answers: readonly Answer[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const it of answers) {
    const text = it.display || it.value;
    if (text === "") continue;
    const path = pathOf(it.reference);
    found.set(path, [...(found.get(path) ?? []), text]);
  }
  return found;
}
