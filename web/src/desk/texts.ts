/** How the desk says things: texts by key, texts of codes, dates and numbers in the person's language. */
import { computed } from "vue";
import { useI18n } from "vue-i18n";
import type { LocalText, Place } from "@/api/deskTypes";
import zh from "@/i18n/desk.zh-CN.json";
import { useMessages } from "@/i18n/messages";
import { gridName } from "./parts/names";
import { civil, firstClause, joined, pickText, placeKey } from "./wording";

/** Register fields whose values are codes with texts. */
const CODED_FIELDS: ReadonlySet<string> = new Set(
  Object.keys(zh).flatMap((key) => (key.startsWith("desk.value.") ? [key.split(".")[2] ?? ""] : [])),
);

/** Outcomes that have a text, as data names them. */
export const OUTCOMES: readonly string[] = Object.keys(zh).flatMap((key) =>
  key.startsWith("desk.outcome.") ? [key.slice("desk.outcome.".length)] : [],
);

export function useText() {
  const { t, te, locale } = useI18n();
  const message = useMessages();
  const number = computed(() => new Intl.NumberFormat(locale.value));
  const has = (key: string): boolean => te(key, "zh-CN");

  /** Returns a text that carries its languages with it. */
  const local = (text: LocalText | null | undefined): string => pickText(text, locale.value);
  /** Returns a time of the desk's own clock; a dash where there is none. */
  const time = (ms: number | null | undefined): string =>
    ms == null ? "—" : civil(ms, -new Date(ms).getTimezoneOffset());
  const count = (n: number | null | undefined): string => number.value.format(n ?? 0);
  const where = (place: Place): string => {
    const { key, params } = placeKey(place);
    return t(key, params);
  };
  const list = (items: readonly string[]): string => joined(items, locale.value);
  /** Returns the text of a value that data names (`desk.outcome` + `absent`), or the value where it has no text. */
  const named = (prefix: string, value: string): string =>
    value !== "" && has(`${prefix}.${value}`) ? t(`${prefix}.${value}`) : value;
  /** Returns a register value as people read it: codes by their text, several codes as a list, other text as it is. */
  const fieldValue = (field: string, value: string): string => {
    if (field === "grid") return gridName(value);
    const key = (word: string) => [`desk.value.${field}.${word}`, `desk.outcome.${word}`].find(has) ?? "";
    const isCoded = field === "last_visit_outcome" || CODED_FIELDS.has(field);
    const keys = isCoded ? value.split(" ").map(key) : [""];
    return keys.includes("") ? value : list(keys.map((it) => t(it)));
  };
  const code = (it: string, params: Readonly<Record<string, string>> = {}): string => message({ code: it, params });
  /** Returns a flag in a few words, for tables: its own short text, else the first clause of the code's text. */
  const flagName = (it: string): string => (has(`desk.flag.${it}`) ? t(`desk.flag.${it}`) : firstClause(code(it)));

  return { t, locale, local, time, count, where, list, named, fieldValue, code, flagName };
}
