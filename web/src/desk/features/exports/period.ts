/** Periods people ask for, as civil days. */

export type Period = { from: string; to: string };

/** Returns this month, the month before, this year and everything, seen from `now` in the desk's own calendar. */
export function periods(now: Date): Readonly<Record<"this_month" | "last_month" | "this_year" | "all_time", Period>> {
  const [year, month] = [now.getFullYear(), now.getMonth()];
  return {
    this_month: { from: day(new Date(year, month, 1)), to: day(now) },
    last_month: { from: day(new Date(year, month - 1, 1)), to: day(new Date(year, month, 0)) },
    this_year: { from: day(new Date(year, 0, 1)), to: day(now) },
    all_time: { from: "", to: "" },
  };
}

/** Returns the query of an export without what is empty. */
export function exportQuery(wanted: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ""));
}

function day(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
