/** What a new version takes away, as the server is asked about it. */
import type { FormEffects, FormLosses } from "@/api/deskTypes";
import type { Comparison } from "@/engine/workbook-types";

/** Returns the questions that go and the values that can no longer be chosen. */
export function lossesOf(comparison: Comparison): FormLosses {
  const isAsked = (kind: string): boolean => !["group", "repeat", "note", "calculate"].includes(kind);
  const choices = comparison.changed.flatMap((it) => {
    const values = it.parts.filter((part) => part.aspect === "choice_removed").map((part) => part.choice);
    return values.length > 0 ? [{ reference: it.reference, values }] : [];
  });
  const questions = comparison.removed.filter((it) => isAsked(it.kind)).map((it) => it.reference);
  return { questions, choices };
}

/** Returns those of the counts that are not nought. */
export function counted<T extends FormEffects["questions"][number]>(counts: readonly T[]): (T & { n: number })[] {
  return counts.filter((it) => it.n_submissions > 0).map((it) => ({ ...it, n: it.n_submissions }));
}
