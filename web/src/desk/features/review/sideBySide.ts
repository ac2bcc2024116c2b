/** Two visits to the same door, question by question. */
import type { Answer } from "@/api/deskTypes";

/** What two visits answered to one question; empty where one has no such answer. */
export type SideRow = { reference: string; label: string; group: string; here: string; there: string; differs: boolean };

/**
 * Returns the questions of both visits: in the order of this visit, and after each those that only the other answered.
 * Calculations and files are left out: the first follow from the answers, the second are looked at.
 */
export function sideBySide(here: readonly Answer[], there: readonly Answer[]): readonly SideRow[] {
  const other = new Map(there.filter(isTold).map((it) => [it.reference, it]));
  const own = here.filter(isTold);
  const known = new Set(own.map((it) => it.reference));
  const rows = own.map((it) => row(it, textOf(it), textOf(other.get(it.reference))));
  const order = there.filter(isTold);
  order.forEach((it, i) => {
    if (known.has(it.reference)) return;
    const before = order.slice(0, i).findLast((earlier) => rows.some((row) => row.reference === earlier.reference));
    const place = before === undefined ? 0 : rows.findIndex((row) => row.reference === before.reference) + 1;
    rows.splice(place, 0, row(it, "", textOf(it)));
  });
  return rows;
}

function isTold(answer: Answer): boolean {
  return answer.control !== "calculate" && answer.control !== "upload";
}

function textOf(answer: Answer | undefined): string {
  return answer === undefined ? "" : answer.display || answer.value;
}

function row(answer: Answer, here: string, there: string): SideRow {
  const { reference, label, name, group } = answer;
  return { reference, label: label || name, group, here, there, differs: here !== there };
}
