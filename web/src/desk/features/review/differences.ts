/** What the visit found beside what the register says. */
import type { Answer, Flag, RegisterEntry, RegisterField } from "@/api/deskTypes";

/** How an answer stands to the register. `new`: the register's cell is empty; `none`: the register has no such cell. */
export type Standing = "same" | "differs" | "new" | "none";

export type ComparedAnswer = { answer: Answer; registerValue: string; standing: Standing };

/**
 * Answers of one page of the form, in the form's order; with `kind` `flagged` questions that a flag is about and that
 * have no value to show; with `register` what the form calculates for the register beside what people answered.
 */
export type AnswerGroup = {
  kind: "flagged" | "page" | "register";
  label: string;
  rows: readonly ComparedAnswer[];
  nDifferences: number;
};

/** Returns how one answer stands to the register; the server says which cell it belongs to and whether it differs. */
export function compare(answer: Answer): ComparedAnswer {
  const registerValue = answer.register_value ?? "";
  return { answer, registerValue, standing: standingOf(answer, registerValue) };
}

function standingOf(answer: Answer, registerValue: string): Standing {
  if (answer.differs === true) return registerValue === "" ? "new" : "differs";
  return answer.register_value === undefined ? "none" : "same";
}

/**
 * Returns the answers page by page. Answers of one page that are interrupted by another page's stay two groups: the
 * form's order is the order in which people speak. Calculations stay out unless asked for; those that would change the
 * register and only repeat no answer then come last, as a group of their own.
 */
export function groupAnswers(answers: readonly Answer[], withCalculations: boolean): readonly AnswerGroup[] {
  const rows = answers.map(compare);
  const isShown = (row: ComparedAnswer): boolean => withCalculations || row.answer.control !== "calculate";
  const groups: { kind: "page"; label: string; rows: ComparedAnswer[]; nDifferences: number }[] = [];
  for (const row of rows.filter(isShown)) {
    let group = groups.at(-1);
    if (group === undefined || group.label !== row.answer.group) {
      group = { kind: "page", label: row.answer.group, rows: [], nDifferences: 0 };
      groups.push(group);
    }
    group.rows.push(row);
    if (changesRegister(row)) group.nDifferences += 1;
  }
  const told = new Set(rows.filter((row) => isShown(row) && changesRegister(row)).map(changeOf));
  const hidden = rows.filter((row) => {
    const isNews = !isShown(row) && changesRegister(row) && !told.has(changeOf(row));
    if (isNews) told.add(changeOf(row));
    return isNews;
  });
  if (hidden.length === 0) return groups;
  return [...groups, { kind: "register", label: "", rows: hidden, nDifferences: hidden.length }];
}

/** Returns whether an answer would change the register. */
export function changesRegister(row: ComparedAnswer): boolean {
  return row.standing === "differs" || row.standing === "new";
}

const changeOf = (row: ComparedAnswer): string => JSON.stringify([row.registerValue, row.answer.value]);

/** Returns a group of empty answers for the flags whose question has no value, so that each flag has a place to lead to. */
export function flaggedWithoutValue(answers: readonly Answer[], flags: readonly Flag[]): readonly AnswerGroup[] {
  const known = new Set(answers.map((it) => it.reference));
  const missing = flags.filter((it) => it.reference !== "" && !known.has(it.reference) && known.add(it.reference));
  if (missing.length === 0) return [];
  const empty = { group: "", value: "", display: "", control: "input", appearance: [] };
  const rows = missing.map(({ reference, question }) =>
    compare({ ...empty, reference, name: reference.split("/").at(-1) ?? "", label: question }),
  );
  return [{ kind: "flagged", label: "", rows, nDifferences: 0 }];
}

/** Returns the register's field that the server says an answer goes into; without a label where the register lacks it. */
export function fieldOf(row: ComparedAnswer, register: RegisterEntry | null): RegisterField | undefined {
  const name = row.answer.register_field;
  if (name === undefined) return undefined;
  return register?.fields.find((it) => it.name === name) ?? { name, label: {}, value: "" };
}

/** Returns the register's fields that hold something and that no answer stands beside. */
export function remainingFields(register: RegisterEntry | null, answers: readonly Answer[]): RegisterEntry["fields"] {
  const compared = new Set(answers.map((it) => fieldOf(compare(it), register)?.name));
  return (register?.fields ?? []).filter((field) => field.value !== "" && !compared.has(field.name));
}

/** A stretch of text; `changed` where the other text reads otherwise. */
export type Part = { text: string; changed: boolean };

const MAX_COMPARED = 400;

/**
 * Marks in `text` what `other` does not have, by code points, through their longest common subsequence. Texts of more
 * than 400 characters are marked whole.
 */
export function markChanges(text: string, other: string): readonly Part[] {
  const a = Array.from(text);
  const b = Array.from(other);
  if (a.length === 0) return [];
  if (a.length > MAX_COMPARED || b.length > MAX_COMPARED) return [{ text, changed: text !== other }];
  const kept = commonCharacters(a, b);
  const parts: Part[] = [];
  a.forEach((character, i) => {
    const changed = !kept.has(i);
    const last = parts.at(-1);
    if (last !== undefined && last.changed === changed) last.text += character;
    else parts.push({ text: character, changed });
  });
  return parts;
}

/** Returns the positions in `a` that belong to a longest common subsequence of `a` and `b`. */
function commonCharacters(a: readonly string[], b: readonly string[]): ReadonlySet<number> {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const kept = new Set<number>();
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      kept.add(i);
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return kept;
}
