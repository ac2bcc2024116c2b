/** Conversions between what browsers' fields hold and what stands in a submission. */

/** Returns the text with full-width digits, signs and points as ASCII: Chinese keyboards type `１２．５`. */
export function halfWidth(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, (it) => String.fromCharCode(it.charCodeAt(0) - 0xfee0)).replace(/。/g, ".");
}

/** Returns the UTC offset of a local time as `+08:00`. */
export function offsetText(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
}

/** Returns a `datetime-local` field's text (`2026-11-21T09:30`) as it stands in a submission; empty stays empty. */
export function dateTimeValue(field: string): string {
  if (field === "") return "";
  return `${withSeconds(field)}${offsetText(new Date(field))}`;
}

/** Returns a stored date and time as a `datetime-local` field shows it. */
export function dateTimeField(value: string): string {
  return value.slice(0, 16);
}

/** Returns a `time` field's text (`09:30`) as it stands in a submission; today's offset is added. */
export function timeValue(field: string, today: Date): string {
  return field === "" ? "" : `${withSeconds(field)}${offsetText(today)}`;
}

/** Returns a stored time as a `time` field shows it. */
export function timeField(value: string): string {
  return value.slice(0, 5);
}

/** Whether a word of the appearance asks for choices side by side; `columns-1` asks for one below the other. */
export function isInColumns(word: string): boolean {
  return word === "horizontal" || (word.startsWith("columns") && word !== "columns-1");
}

/** Returns the values of a multiple choice. */
export function splitValues(value: string): string[] {
  return value.split(/\s+/).filter((it) => it !== "");
}

/** Returns a multiple choice with one value added or removed, in the order of the choices. */
export function toggled(value: string, choice: string, order: readonly string[]): string {
  const chosen = new Set(splitValues(value));
  if (!chosen.delete(choice)) chosen.add(choice);
  const known = order.filter((it) => chosen.delete(it));
  return [...known, ...chosen].join(" ");
}

/** Returns a list with the item at `at` moved by `by` places; moves past an end change nothing. */
export function moved<T>(list: readonly T[], at: number, by: -1 | 1): T[] {
  const target = at + by;
  const [item, other] = [list[at], list[target]];
  if (item === undefined || other === undefined) return [...list];
  const changed = [...list];
  changed[at] = other;
  changed[target] = item;
  return changed;
}

function withSeconds(field: string): string {
  const seconds = field.split(":").length > 2 ? field : `${field}:00`;
  return seconds.includes(".") ? seconds : `${seconds}.000`;
}
