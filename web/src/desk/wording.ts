/** The parts of wording that need no component: language choice, places in a workbook, lists. */
import type { LocalText, Place } from "@/api/deskTypes";

/** Returns the text in the language asked for, else in the first there is. */
export function pickText(text: LocalText | null | undefined, locale: string): string {
  if (text == null) return "";
  if (typeof text === "string") return text;
  const language = locale.split("-")[0] ?? locale;
  const close = Object.keys(text).find((tag) => tag.split("-")[0] === language);
  return text[locale] ?? (close === undefined ? undefined : text[close]) ?? Object.values(text)[0] ?? "";
}

/** Returns the key and parameters that say where a problem stands. */
export function placeKey(place: Place): { key: string; params: Record<string, string | number> } {
  switch (place.kind) {
    case "form":
      return { key: "desk.place.form", params: {} };
    case "node":
      return { key: "desk.place.node", params: { reference: place.reference } };
    case "cell": {
      const params = { sheet: place.sheet, row: place.row, column: place.column };
      const key = place.row === 0 ? "sheet" : place.column === "" ? "row" : "cell";
      return { key: `desk.place.${key}`, params };
    }
  }
}

const MINUTE_MS = 60_000;

/** Returns a time as `2026-11-21 20:14` by a clock that is `offsetMin` minutes ahead of UTC. */
export function civil(ms: number, offsetMin: number): string {
  return new Date(ms + offsetMin * MINUTE_MS).toISOString().slice(0, 16).replace("T", " ");
}

/** Returns items as a list in running text. */
export function joined(items: readonly string[], locale: string): string {
  return items.join(locale.startsWith("zh") ? "、" : ", ");
}

/** Returns the first clause of a code's text: a table has room for what happened, not for what to do. */
export function firstClause(text: string): string {
  return text.split(/[。！？；]|[.!?;](?:\s|$)|，请/u)[0]?.trim() ?? text;
}

/** Returns rows as CSV (RFC 4180) with a byte order mark, so that Excel reads Chinese; formulas are made inert. */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/u.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\uFEFF${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
