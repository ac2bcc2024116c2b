/** What is different between two versions of a form, as lines of a table. */
import type { ComparedLine, Comparison, Difference } from "@/engine/workbook-types";
import { joined, pickText } from "@/desk/wording";
import type { useText } from "@/desk/texts";

/** One line of the table; a question with several changes spans as many lines. */
export interface DifferenceRow {
  key: string;
  what: "added" | "removed" | "changed";
  /** The question, at the first of its lines. */
  line: ComparedLine | null;
  span: number;
  aspect: string;
  before: string;
  after: string;
}

type Words = Pick<ReturnType<typeof useText>, "t" | "named" | "locale">;

/** Returns the label in the language of the desk, else the name; the form's own languages are called `中文 (zh)`. */
export function labelOf({ label, name }: ComparedLine, locale: string): string {
  const short = locale.slice(0, 2);
  const close = Object.keys(label).find((it) => it.includes(`(${short})`));
  return (close === undefined ? undefined : label[close]) || pickText(label, locale) || name;
}

/** Returns the lines: what went, what came, what changed. */
export function differenceRows({ added, removed, changed }: Comparison, words: Words): DifferenceRow[] {
  const parts = changed.flatMap((line) =>
    line.parts.map((part, i): DifferenceRow => ({
      key: `${line.reference} ${i}`,
      what: "changed",
      line: i === 0 ? line : null,
      span: line.parts.length,
      aspect: aspectOf(part, words),
      before: valueOf(part, part.before, words),
      after: valueOf(part, part.after, words),
    })),
  );
  return [...removed.map((it) => whole("removed", it, words)), ...added.map((it) => whole("added", it, words)), ...parts];
}

function whole(what: "added" | "removed", line: ComparedLine, { named, locale }: Words): DifferenceRow {
  const label = labelOf(line, locale.value);
  return {
    key: `${what} ${line.reference}`,
    what,
    line,
    span: 1,
    aspect: named("desk.kind", line.kind),
    before: what === "removed" ? label : "—",
    after: what === "added" ? label : "—",
  };
}

function aspectOf(part: Difference, { t, named, locale }: Words): string {
  const name = named("desk.aspect", part.aspect);
  const about = [part.choice, part.language].filter((it) => it !== "");
  return about.length === 0 ? name : t("desk.forms.aspect_of", { aspect: name, about: joined(about, locale.value) });
}

/** Returns a value as people read it: types and the plain conditions by their names. */
function valueOf(part: Difference, value: string, { t, named }: Words): string {
  if (value === "") return "—";
  if (part.aspect === "kind") return named("desk.kind", value);
  if (value === "true()") return t("desk.forms.always");
  if (value === "false()") return t("desk.forms.never");
  return value;
}
