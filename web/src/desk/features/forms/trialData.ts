/** What the lists of a form hold while it is tried: nothing, or what a phone of one grid has. */
import * as api from "@/api/desk";
import type { RegisterName } from "@/api/deskTypes";
import type { ListText, TriedForm } from "@/engine/workbook-types";

/** Somebody to fill the form in for. */
export interface Subject {
  id: string;
  label: string;
}

/** The lists of a trial. `turn` tells one trial from the next, `tag` one content of the lists from another. */
export interface TrialData {
  turn: number;
  tag: string;
  grid: string;
  subject: Subject | null;
  /** Names that forms give to the question for the subject. */
  subjectNames: readonly string[];
  lists: readonly ListText[];
}

/** A list with no rows: what a form reads before anybody chose whose it is. */
const EMPTY = "name,label\n";

/** Returns lists without rows, in which nobody's data is read. */
export function emptyData(form: TriedForm | null, turn: number): TrialData {
  const lists = (form?.lists ?? []).map(([instanceId]) => ({ instanceId, csv: EMPTY }));
  return { turn, tag: "empty", grid: "", subject: null, subjectNames: [], lists };
}

/** Fetches what a phone of a grid has of the form's lists; lists that are no register stay empty. */
export async function dataOfGrid(
  form: TriedForm,
  registers: readonly RegisterName[],
  grid: string,
  subject: Subject | null,
  before: TrialData,
): Promise<TrialData> {
  const subjectNames = registers.find((it) => it.list === "residents")?.subject_names ?? [];
  if (before.grid === grid) return { ...before, subject, subjectNames };
  const lists = await Promise.all(
    form.lists.map(async ([instanceId]) => {
      const isRegister = registers.some((it) => it.list === instanceId);
      return { instanceId, csv: isRegister ? await api.listOfGrid(instanceId, grid) : EMPTY };
    }),
  );
  return { turn: before.turn, tag: `${grid} ${before.turn}`, grid, subject, subjectNames, lists };
}
