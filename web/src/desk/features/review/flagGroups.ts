/** Flags that say the same, told once. */
import type { Flag } from "@/api/deskTypes";

export type FlagGroup = {
  code: string;
  text: string;
  severity: string;
  /** Questions it stands at; `reference` is empty where it leads nowhere. */
  places: readonly { reference: string; question: string }[];
};

/** Returns flags of the same code and text as one, errors first, else in the order of the form. */
export function groupFlags(flags: readonly Flag[], textOf: (flag: Flag) => string): readonly FlagGroup[] {
  const groups = new Map<string, FlagGroup & { places: { reference: string; question: string }[] }>();
  for (const flag of flags) {
    const text = textOf(flag);
    const key = `${flag.code}\n${text}`;
    const group = groups.get(key) ?? { code: flag.code, text, severity: flag.severity, places: [] };
    if (flag.reference !== "" || flag.question !== "") {
      group.places.push({ reference: flag.reference, question: flag.question || flag.reference });
    }
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => Number(a.severity !== "error") - Number(b.severity !== "error"));
}
