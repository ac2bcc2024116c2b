/** The results as Markdown. */
import { bytes, range, time, times } from "../lib/statistics.js";

const OURS = "doorstep";

/** Returns one case as a table: a row for each figure, a column for each contestant, and how many times ours it is. */
export function caseTable(environment, aCase, byContestant) {
  const ids = Object.keys(byContestant);
  const names = [...new Set(ids.flatMap((id) => Object.keys(byContestant[id].figures)))];
  const rows = names.map((name) => [name, ...ids.map((id) => cell(name, byContestant[id].figures, byContestant[OURS]?.figures, id))]);
  const errors = ids.filter((id) => byContestant[id].error).map((id) => `${id}: ${byContestant[id].error}`);
  const runs = Math.max(0, ...ids.map((id) => byContestant[id].nRuns));
  const heading = `### ${environment}: ${aCase.id} — ${aCase.title} (XForm ${bytes(aCase.xml.length)}, ${runs} runs)`;
  return [`\n${heading}\n`, table(["median (range)", ...ids], rows), ...errors.map((it) => `\n${it}`)].join("\n");
}

/** Returns what was asked of us and what was measured. */
export function barsTable(bars) {
  const rows = bars.map(({ name, wanted, measured, held }) => [name, wanted, measured, { true: "yes", false: "**no**" }[held] ?? "not measured"]);
  return `\n## Bars\n\n${table(["bar", "wanted", "measured", "held"], rows)}`;
}

function cell(name, figures, ours, id) {
  const figure = figures[name];
  if (!figure) return "–";
  const told = range(figure, name.startsWith("memory") ? bytes : time);
  const own = ours?.[name]?.median;
  const ratio = id !== OURS && own > 0 && figure.median > 0 ? ` · ${times(figure.median / own)}` : "";
  return told + ratio;
}

/** Returns a Markdown table. */
export function table(header, rows) {
  const line = (cells) => `| ${cells.map((it) => String(it).replaceAll("|", "/")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
