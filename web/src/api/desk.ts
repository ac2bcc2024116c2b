/** What the desk asks of the server: one function per call. Errors are the client's `ApiError`. */
import { apiUrl, getJson, getText, sendForm, sendJson, type ApiError } from "./client";
import type {
  AccountName,
  CurrentPack,
  Device,
  Dashboard,
  Decision,
  Diagnostic,
  FormEffects,
  FormHistory,
  FormLosses,
  GridName,
  HandedIn,
  PackReport,
  PackRollBack,
  Page,
  PublishedForm,
  PublishedPack,
  RegisterImport,
  RegisterName,
  Resident,
  ResidentRow,
  Signature,
  Submission,
  SubmissionPage,
  WorkbookReport,
} from "./deskTypes";
import type { Schemas } from "./types";

export type Query = Readonly<Record<string, string>>;

const id = encodeURIComponent;

export const submissions = (query: Query) => getJson<SubmissionPage>(withQuery("/desk/submissions", query));
export const submission = (it: string) => getJson<Submission>(`/desk/submissions/${id(it)}`);
export const decide = (it: string, decision: Decision) =>
  sendJson<Submission>("POST", `/desk/submissions/${id(it)}/decision`, decision);
export const comment = (it: string, text: string) =>
  sendJson<unknown>("POST", `/desk/submissions/${id(it)}/comments`, { text });

/** Returns the address of an attachment; `thumb` is at most a few hundred pixels wide. */
export const attachmentHref = (it: string, name: string, size: "thumb" | "full"): string =>
  apiUrl(withQuery(`/desk/submissions/${id(it)}/attachments/${id(name)}`, size === "thumb" ? { size } : {}));

/** Returns the address of a picture at full size; that of a signature's strokes is drawn. */
export const pictureHref = (it: string, { name, media_type }: { name: string; media_type: string }): string =>
  media_type === "application/vnd.doorstep.strokes"
    ? apiUrl(withQuery(`/desk/submissions/${id(it)}/attachments/${id(name)}`, { size: "svg" }))
    : attachmentHref(it, name, "full");

/** Returns how a submission was signed, and what each signature covers. */
export const signatures = (it: string) => getJson<readonly Signature[]>(`/desk/submissions/${id(it)}/signatures`);
/** Returns the address of a submission as a folder that proves itself, zipped. */
export const copiesHref = (it: string): string => apiUrl(`/desk/submissions/${id(it)}/copies.zip`);
export const evidenceHref = (it: string): string => apiUrl(`/desk/submissions/${id(it)}/evidence.zip`);

/** Returns the phones that seal visits, newest first. */
export const devices = () => getJson<readonly Device[]>("/desk/devices");
export const revokeDevice = (keyId: string) => sendJson<unknown>("POST", `/desk/devices/${id(keyId)}/revoke`);
/** Returns the address of a file as it arrived, byte by byte; the audit log names each download. */
export const originalHref = (it: string, name: string): string =>
  apiUrl(`/desk/submissions/${id(it)}/attachments/${id(name)}/original`);
/** Holds a visit's files back from deletion, or no longer. */
export const setHeld = (it: string, isHeld: boolean, reason: string) =>
  sendJson<unknown>("POST", `/desk/submissions/${id(it)}/${isHeld ? "hold" : "release"}`, { reason });

export const dashboard = () => getJson<Dashboard>("/desk/dashboard");
export const grids = () => getJson<readonly GridName[]>("/desk/grids");
export const accounts = () => getJson<readonly AccountName[]>("/desk/accounts");

export const residents = (query: Query) => getJson<Page<ResidentRow>>(withQuery("/desk/residents", query));
export const resident = (it: string) => getJson<Resident>(`/desk/residents/${id(it)}`);

/** Hands over a register (.xlsx or .csv) to be read; nothing is applied yet. */
export const startImport = (file: File) =>
  sendForm<Schemas["BegunBody"]>("/desk/imports", multipart({ file, list: "residents" }));
export const importState = (it: string) => getJson<RegisterImport>(`/desk/imports/${id(it)}`);
export const applyImport = (it: string) => sendJson<unknown>("POST", `/desk/imports/${id(it)}/apply`);
export const discardImport = (it: string) => sendJson<unknown>("DELETE", `/desk/imports/${id(it)}`);

export const forms = () => getJson<readonly PublishedForm[]>("/desk/forms");
export const publishWorkbook = (file: File, note: string) =>
  sendForm<WorkbookReport>("/desk/forms", multipart({ file, note }));
/** Returns a form's versions and who made which current. */
export const formHistory = (formId: string) => getJson<FormHistory>(`/desk/forms/${id(formId)}`);
export const rollBack = (formId: string, version: string, note: string) =>
  sendJson<FormHistory>("POST", `/desk/forms/${id(formId)}/current`, { version, note });
/** Returns how many stored answers a new version takes the question or the choice away from. */
export const formEffects = (formId: string, losses: FormLosses) =>
  sendJson<FormEffects>("POST", `/desk/forms/${id(formId)}/effects`, losses);
export const xformOf = (formId: string, version: string) =>
  getText(`/desk/forms/${id(formId)}/${id(version)}/xform`);
/** Returns the address of a version as a file. */
export const formFileHref = (formId: string, version: string, file: "workbook" | "xform"): string =>
  apiUrl(`/desk/forms/${id(formId)}/${id(version)}/${file}`);
/** Hands in a visit that a phone wrote into a file. */
export const handIn = (file: File) => sendForm<HandedIn>("/desk/handed-in", multipart({ file }));

/** Returns the registers that forms can read. */
export const registers = () => getJson<readonly RegisterName[]>("/desk/lists");
/** Returns a register list as a phone of one grid gets it. */
export const listOfGrid = (list: string, grid: string) =>
  getText(withQuery(`/desk/lists/${id(list)}.csv`, { grid }));

export const packs = () => getJson<readonly PublishedPack[]>("/desk/packs");
export const currentPack = () => getJson<CurrentPack>("/desk/packs/current");
export const tryPack = (file: File) => sendForm<PackReport>("/desk/packs", multipart({ file, dry_run: "true" }));
export const publishPack = (file: File) => sendForm<PackReport>("/desk/packs", multipart({ file }));
/** Tells what going back to a pack would change. */
export const lookBackPack = (packId: string) =>
  sendJson<PackRollBack>("POST", `/desk/packs/${id(packId)}/current`, { dry_run: true, note: "" });
export const rollBackPack = (packId: string, note: string) =>
  sendJson<PackRollBack>("POST", `/desk/packs/${id(packId)}/current`, { dry_run: false, note });
/** The address of the workbook in force. */
export const packHref = apiUrl("/desk/packs/current/tasks.xlsx");

export type ExportFile = "ledger.xlsx" | "ledger.csv" | "photos.zip";

/** Returns the address of an export; the server streams it as a download. */
export const exportHref = (file: ExportFile, query: Query): string => apiUrl(withQuery(`/desk/exports/${file}`, query));

/** Returns what is wrong with a workbook or register that the server refused. */
export const diagnosticsOf = (error: ApiError): readonly Diagnostic[] => error.diagnostics;

function withQuery(path: string, query: Query): string {
  const text = new URLSearchParams(query).toString();
  return text === "" ? path : `${path}?${text}`;
}

function multipart(parts: Readonly<Record<string, string | File>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.append(name, value);
  return form;
}
