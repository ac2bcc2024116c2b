/** A workbook on the desk: tried in the browser, before anything of it is uploaded. */
import { ApiError } from "@/api/client";
import type { Diagnostic, PublishedForm } from "@/api/deskTypes";
import { engine } from "@/engine/client";
import { converter } from "@/engine/workbooks";
import type { Trial } from "@/engine/workbook-types";
import { civil } from "@/desk/wording";

/** How a workbook stands to what is published. */
export type Standing =
  /** The form was never published. */
  | { kind: "first" }
  /** A new version of a form. */
  | { kind: "new"; current: PublishedForm }
  /** Exactly what is current. */
  | { kind: "same"; current: PublishedForm }
  /** Exactly an earlier version: go back to it instead. */
  | { kind: "earlier"; version: PublishedForm }
  /** The version stands for other content already. */
  | { kind: "taken"; current: PublishedForm };

/** A workbook that was tried. */
export interface Tried {
  file: File;
  trial: Trial;
  diagnostics: readonly Diagnostic[];
  standing: Standing;
  canPublish: boolean;
}

/** The largest workbook that the server takes, in MiB. */
const LARGEST_MIB = 8;

/** Endings that the converter reads. */
export const ACCEPTED = ".xlsx,.xls,.csv,.zip,.md";

/** Loads engine and converter before they are needed; where that fails, the first trial tries again and tells. */
export function warmUp(): void {
  void engine("close").catch(() => undefined);
  void converter("nextVersion", "", []).catch(() => undefined);
}

/** Tries a workbook as the server would; `registers` is null where nobody could tell which there are. */
export async function tryFile(
  file: File,
  registers: readonly string[] | null,
  published: readonly PublishedForm[],
): Promise<Tried> {
  if (file.size > LARGEST_MIB * 1024 * 1024) throw new ApiError(413, "request.too_large", { limit_mib: String(LARGEST_MIB) });
  const stem = file.name.replace(/\.[^.]*$/u, "");
  const trial = await converter("tryWorkbook", await file.arrayBuffer(), stem, registers ?? []);
  const ofRegisters = ["form.unknown_register", "form.misspelt_register"];
  const isKnown = (it: Diagnostic): boolean => registers !== null || !ofRegisters.includes(it.code);
  const diagnostics = trial.diagnostics.filter(isKnown);
  const standing = await standingOf(trial, published);
  if (standing.kind === "taken") diagnostics.push(await versionTaken(trial, published));
  const canPublish = trial.form !== null && diagnostics.every((it) => it.severity !== "error");
  return { file, trial, diagnostics, standing, canPublish };
}

async function standingOf({ form }: Trial, published: readonly PublishedForm[]): Promise<Standing> {
  const versions = published.filter((it) => it.form_id === form?.form_id);
  const current = versions.find((it) => it.current);
  if (form === null || current === undefined) return { kind: "first" };
  const same = versions.find((it) => it.version === form.version);
  if (same === undefined) return { kind: "new", current };
  if (same.xform_sha256 !== (await converter("sha256", form.xform))) return { kind: "taken", current };
  return same.current ? { kind: "same", current } : { kind: "earlier", version: same };
}

/** Says in which cell to write which version instead. */
async function versionTaken({ form, version_cell }: Trial, published: readonly PublishedForm[]): Promise<Diagnostic> {
  const known = published.filter((it) => it.form_id === form?.form_id).map((it) => it.version);
  const now = Date.now();
  const day = civil(now, -new Date(now).getTimezoneOffset()).slice(0, 10).replaceAll("-", "");
  const next = await converter("nextVersion", day, known);
  return { severity: "error", code: "form.version_taken", place: version_cell, params: { version: form?.version ?? "", next } };
}
