/**
 * Shapes of `/api/v1/desk` by the names the desk uses. Times are milliseconds UTC unless a name says otherwise; days are
 * `YYYY-MM-DD`.
 */
import type { Localized, Schemas } from "./types";

export type { Diagnostic } from "./types";

/** A text in one language, or by language tag (`zh-CN`, `en`). */
export type LocalText = string | Localized;

export type ReviewState = Schemas["ReviewState"];

/** Every review state once, as a filter lists them; `hasIssues` is what people call "returned". */
export const REVIEW_STATES = Object.keys({
  received: true,
  edited: true,
  hasIssues: true,
  approved: true,
  rejected: true,
} satisfies Record<ReviewState, true>) as readonly ReviewState[];

/** A keyset page. */
export type Page<T> = { items: readonly T[]; next_cursor: string | null };

/** One line of the review queue. */
export type SubmissionRow = Schemas["RowBody"];
/** A page of the queue and how many there are in each state, whatever the state filter says. */
export type SubmissionPage = Schemas["SubmissionsBody"];
/** One submission with everything a reviewer weighs. */
export type Submission = Schemas["DetailBody"];
export type Answer = Schemas["AnswerBody"];
export type RegisterField = Schemas["FieldBody"];
export type RegisterEntry = Schemas["RegisterBody"];
/** Something to look at; `reference` is empty where it concerns the whole. */
export type Flag = Schemas["FlagBody"];
export type HistoryEntry = Schemas["EventBody"];
export type Attachment = Schemas["AttachmentBody"];
export type Signature = Schemas["SignatureBody"];
export type Ink = Schemas["InkBody"];
/** What the server found on a picture. */
export type Picture = Schemas["PictureBody"];
/** A picture of another visit that one is like. */
export type PictureMatch = Schemas["MatchBody"];
/** How long a visit's files stay. */
export type Keeping = Schemas["KeepingBody"];
/** A decision; a return says why. */
/** A visit to the same door. */
export type ConflictingVisit = Schemas["CoreBody"];
/** The version of a form that a visit was filled in with, and the one in use. */
export type FormVersions = Schemas["VersionsBody"];
/** A register row that is not what the phone saw, and one of its cells. */
export type MetRow = Schemas["MetRowBody"];
export type MetCell = Schemas["MetCellBody"];
/** A cell that stays as the register has it. */
export type KeptCell = Schemas["KeptCellBody"];
export type Decision =
  | { decision: "approve"; keep_register?: KeptCell[] }
  | { decision: "return" | "set_aside"; reason: string };

export type Dashboard = Schemas["DashboardBody"];
export type GridRow = Schemas["GridNumbersBody"];
export type GridCounts = Omit<GridRow, "grid" | "label">;

/** A resident as a list shows him. */
export type ResidentRow = Schemas["ResidentRowBody"];
export type Resident = Schemas["ResidentBody"];

/** Where a problem of a workbook or register stands. */
export type Place = Schemas["PlaceBody"];
/** A register being read, looked at and applied. */
export type RegisterImport = Schemas["ImportBody"];
export type RowChange = Schemas["ChangeBody"];

export type PublishedForm = Schemas["PublishedBody"];
export type WorkbookReport = Schemas["WorkbookBody"];
/** A form with all its versions and who made which current. */
export type FormHistory = Schemas["FormHistoryBody"];
export type FormEvent = Schemas["FormEventBody"];
/** What a new version takes away. */
export type FormLosses = Schemas["EffectsRequest"];
/** What that concerns of what was stored. */
export type FormEffects = Schemas["EffectsBody"];
/** A register that forms can read. */
export type RegisterName = Schemas["RegisterNameBody"];

export type PublishedPack = Schemas["PublishedPackBody"];
/** The pack in force, with what there is to warn of today. */
export type CurrentPack = Schemas["CurrentPackBody"];
export type PackReport = Schemas["PackBody"];
/** What another pack does otherwise than the one in force. */
export type PackChanges = Schemas["PackChangesBody"];
/** What going back to a pack changes. */
export type PackRollBack = Schemas["PackRollBackBody"];

/** A phone that seals visits. */
export type Device = Schemas["DeviceBody"];

/** A visit that was handed in as a file. */
export type HandedIn = Schemas["HandedInBody"];
export type AccountName = Schemas["ColleagueBody"];
export type GridName = Schemas["GridBody"];
