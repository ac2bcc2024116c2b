/** Medians and ranges, and how figures are told. */

/** Returns the middle of some numbers; `null` of none. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Returns median, least and greatest of some numbers; `null` of none. */
export function spread(numbers) {
  if (numbers.length === 0) return null;
  return { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers), n: numbers.length };
}

/** Tells milliseconds in the unit that suits them. */
export function time(ms) {
  if (ms == null) return "–";
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  if (ms >= 1) return `${digits(ms)} ms`;
  return `${digits(ms * 1_000)} µs`;
}

/** Tells bytes. */
export function bytes(n) {
  if (n == null) return "–";
  return n >= 1 << 20 ? `${digits(n / (1 << 20))} MiB` : `${digits(n / 1024)} KiB`;
}

/** Tells a median, and from where to where it was. */
export function range(figure, tell) {
  if (!figure) return "–";
  const { median: middle, min, max, n } = figure;
  return n > 1 ? `${tell(middle)} (${tell(min)}–${tell(max)})` : tell(middle);
}

/** Tells how many times one figure is another. */
export function times(ratio) {
  return `${digits(ratio)}×`;
}

function digits(number) {
  if (Math.abs(number) >= 100) return Math.round(number).toLocaleString("en");
  return number.toFixed(Math.abs(number) >= 10 ? 1 : 2);
}
