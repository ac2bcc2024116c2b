/** How long something is, in the one unit that says it best. */

const UNITS = [
  ["year", 365 * 86_400_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** Returns `2 小时`, `3 days`: whole units, at least two of them where there is a smaller one. */
export function amountOf(ms: number, locale: string): string {
  const size = Math.abs(ms);
  const [unit, length] = UNITS.find((it) => size >= 2 * it[1]) ?? UNITS[3];
  const format = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" });
  return format.format(Math.max(1, Math.round(size / length)));
}
