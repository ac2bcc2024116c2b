/** JSON shapes of `/api/v1/desk`. Times are milliseconds UTC unless a name says otherwise; days are `YYYY-MM-DD`. */

/** A text in one language, or by language tag (`zh-CN`, `en`). */
export type LocalText = string | Readonly<Record<string, string>>;

/** Review states by the names of ODK Central; `hasIssues` is what people call "returned". */
export const REVIEW_STATES = ["received", "edited", "hasIssues", "approved", "rejected"] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

/** A keyset page. */
export type Page<T> = { items: readonly T[]; next_cursor: string | null };

/** One line of the review queue. */
export type SubmissionRow = {
  id: string;
  instance_id: string;
  instance_name: string;
  form_id: string;
  form_title: LocalText;
  label: string;
  grid: string;
  volunteer: { id: string; name: string };
  received_at: number;
  visited_at: number | null;
  outcome: string;
  review_state: ReviewState;
  n_flags: number;
  flags: readonly string[];
  n_photos: number;
  receipt_number: string;
};

/** A page of the queue and how many there are in each state, whatever the state filter says. */
export type SubmissionPage = Page<SubmissionRow> & { total_by_state: Readonly<Partial<Record<ReviewState, number>>> };

export type Answer = {
  /** Path with positions, e.g. `/data/party[2]/p_name`. */
  reference: string;
  name: string;
  /** Label of the page it stands on; may be empty. */
  group: string;
  label: string;
  value: string;
  display: string;
  /** `calculate` for what nobody was asked. */
  control: string;
  appearance: readonly string[];
  register_value?: string | null;
  /** The register's field, where the server names it. */
  register_field?: string | null;
  differs?: boolean | null;
};

export type RegisterField = { name: string; label: LocalText; value: string };
export type RegisterEntry = {
  list: string;
  id: string;
  label: string;
  version: number;
  fields: readonly RegisterField[];
};
/** Something to look at; `reference` is empty where it concerns the whole. */
export type Flag = { code: string; reference: string; question: string; text: LocalText; severity: string };
export type HistoryEntry = { at: number; by_name: string; kind: string; text: string };

export type Attachment = {
  name: string;
  sha256: string;
  media_type: string;
  size_bytes: number;
  /** Pixels; `null` or 0 for what is no image. */
  width: number | null;
  height: number | null;
  kind: "photo" | "signature" | "other";
  question: string;
};

/** One submission with everything a reviewer weighs. */
export type Submission = Omit<SubmissionRow, "flags"> & {
  /** Why it was returned; else empty. */
  reason: string;
  flags: readonly Flag[];
  answers: readonly Answer[];
  register: RegisterEntry | null;
  attachments: readonly Attachment[];
  history: readonly HistoryEntry[];
  task: { id: string; type_label: LocalText; state: string; due: string; visit_no: number } | null;
  seal: { digest: string; verified: boolean } | null;
  started_at: number | null;
  ended_at: number | null;
  /** UTC offset of the visit, minutes. */
  offset_min: number | null;
  previous_id: string | null;
  next_id: string | null;
};

export type Decision = { decision: "approve" } | { decision: "return"; reason: string };

export type GridCounts = { holders: number; certified: number; due_soon: number; overdue: number; open_tasks: number };
export type GridRow = GridCounts & { grid: string; label: string };

export type Dashboard = {
  today: string;
  grids: readonly GridRow[];
  totals: GridCounts;
  submissions: Readonly<Partial<Record<ReviewState, number>>>;
  visits_by_day: readonly { day: string; n: number }[];
  top_flags: readonly { code: string; n: number }[];
};

/** A resident as a list shows him. */
export type ResidentRow = {
  id: string;
  label: string;
  full_name: string;
  id_masked: string;
  phone: string;
  address: string;
  grid: string;
  cert_status: string;
  cert_due: string;
};

export type Resident = {
  id: string;
  label: string;
  version: number;
  fields: readonly RegisterField[];
  history: readonly HistoryEntry[];
};

/** Where a problem of a workbook or register stands. */
export type Place =
  | { kind: "form" }
  | { kind: "node"; reference: string; attribute: string }
  | { kind: "cell"; sheet: string; row: number; column: string };

export type Diagnostic = {
  severity: "error" | "warning";
  code: string;
  place: Place;
  params: Readonly<Record<string, string>>;
};

export type RowChange = {
  id: string;
  label: string;
  kind: "new" | "changed";
  fields: readonly { name: string; before: string; after: string }[];
};

/** A register being read, looked at and applied. */
export type RegisterImport = {
  id: string;
  state: "reading" | "previewed" | "applying" | "applied" | "failed";
  progress: { done: number; total: number };
  file_name: string;
  summary: { new: number; changed: number; unchanged: number; bad: number } | null;
  problems: readonly Diagnostic[];
  n_problems: number;
  changes: readonly RowChange[];
};

export type PublishedForm = {
  form_id: string;
  version: string;
  title: LocalText;
  published_at: number;
  by_name: string;
  n_tasks: number;
  current: boolean;
};

export type WorkbookReport = { form_id: string; version: string; diagnostics: readonly Diagnostic[] };

export type AccountName = { id: string; name: string; role: string; grids: readonly string[] };
export type GridName = { grid: string; label: string };
