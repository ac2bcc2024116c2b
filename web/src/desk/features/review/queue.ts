/** The queue of one filter, shared by the list and the single submission: what is next is next in the list one came from. */
import { reactive, readonly } from "vue";
import * as api from "@/api/desk";
import type { ReviewState, Submission, SubmissionPage, SubmissionRow } from "@/api/deskTypes";
import { NO_FILTER, queryFromFilter, sameFilter, type QueueFilter } from "./filter";

type QueueState = {
  filter: QueueFilter;
  rows: SubmissionRow[];
  cursor: string | null;
  totals: Readonly<Partial<Record<ReviewState, number>>>;
  status: "empty" | "loading" | "ready";
};

const state = reactive<QueueState>({ filter: { ...NO_FILTER }, rows: [], cursor: null, totals: {}, status: "empty" });
let generation = 0;

/** Rows of a page unless asked otherwise, and most rows a page may have. */
const PAGE_ROWS = 50;
const MAX_PAGE_ROWS = 200;

/** Most rows that are put in order of their flags; newer ones come first in what is left out. */
export const MAX_SORTED = 4000;

/** The queue as it stands. */
export const queue = readonly(state);

/** Returns whether somebody still has to decide. */
export function isUndecided(reviewState: ReviewState): boolean {
  return reviewState === "received" || reviewState === "edited";
}

/** Loads the first page of a filter. An answer that comes after a newer question is dropped. */
export async function openQueue(filter: QueueFilter): Promise<void> {
  const mine = ++generation;
  state.status = "loading";
  if (!sameFilter(filter, state.filter)) Object.assign(state, { rows: [], cursor: null });
  state.filter = { ...filter };
  try {
    const page =
      filter.sort === "flags"
        ? await mostFlagged(filter)
        : await api.submissions({ ...queryFromFilter(filter), ...sameLength() });
    if (mine !== generation) return;
    Object.assign(state, { rows: [...page.items], cursor: page.next_cursor, totals: page.total_by_state });
  } finally {
    if (mine === generation) state.status = "ready";
  }
}

/** Asks for as many rows as are shown, so that the row one came from is still there. */
function sameLength(): Record<string, string> {
  return state.rows.length > PAGE_ROWS ? { limit: String(Math.min(MAX_PAGE_ROWS, state.rows.length)) } : {};
}

/** Loads the whole list, to at most {@link MAX_SORTED} rows, and puts those with most flags first. */
async function mostFlagged(filter: QueueFilter): Promise<SubmissionPage> {
  const { sort: _, ...query } = queryFromFilter(filter);
  const rows: SubmissionRow[] = [];
  for (let cursor: string | null = null; ;) {
    const page = await api.submissions({
      ...query,
      limit: String(MAX_PAGE_ROWS),
      ...(cursor === null ? {} : { cursor }),
    });
    rows.push(...page.items);
    cursor = page.next_cursor;
    if (cursor === null || rows.length >= MAX_SORTED) {
      return { ...page, items: rows.sort((a, b) => b.n_flags - a.n_flags), next_cursor: null };
    }
  }
}

/** Opens the queue unless this filter's is there already. */
export async function ensureQueue(filter: QueueFilter): Promise<void> {
  if (state.status === "empty" || !sameFilter(filter, state.filter)) await openQueue(filter);
}

/** Loads one page more, if there is one. */
export async function loadMore(): Promise<void> {
  if (state.cursor === null || state.status === "loading") return;
  const mine = generation;
  state.status = "loading";
  try {
    const page = await api.submissions({ ...queryFromFilter(state.filter), cursor: state.cursor });
    if (mine !== generation) return;
    const known = new Set(state.rows.map((row) => row.id));
    state.rows.push(...page.items.filter((row) => !known.has(row.id)));
    Object.assign(state, { cursor: page.next_cursor, totals: page.total_by_state });
  } finally {
    if (mine === generation) state.status = "ready";
  }
}

/** Returns the neighbour in the list (`1` = below, `-1` = above), loading on where the list goes on; `null` at its ends. */
export async function neighbour(id: string, step: 1 | -1): Promise<string | null> {
  const index = state.rows.findIndex((row) => row.id === id);
  if (index < 0) return null;
  if (index + step >= state.rows.length) await loadMore();
  return state.rows[index + step]?.id ?? null;
}

/** Returns the next submission below, else above, that nobody has decided; `null` when all of the list is decided. */
export async function nextUndecided(id: string): Promise<string | null> {
  const from = state.rows.findIndex((row) => row.id === id);
  for (let i = from + 1; ; i += 1) {
    if (i >= state.rows.length) await loadMore();
    const row = state.rows[i];
    if (row === undefined) break;
    if (isUndecided(row.review_state)) return row.id;
  }
  return state.rows.find((row) => row.id !== id && isUndecided(row.review_state))?.id ?? null;
}

/** Takes over what a decision changed, so that the list need not be loaded again. */
export function noteDecision(submission: Submission): void {
  const row = state.rows.find((it) => it.id === submission.id);
  if (row === undefined || row.review_state === submission.review_state) return;
  const totals = { ...state.totals };
  totals[row.review_state] = Math.max(0, (totals[row.review_state] ?? 0) - 1);
  totals[submission.review_state] = (totals[submission.review_state] ?? 0) + 1;
  state.totals = totals;
  const { review_state } = submission;
  state.rows = state.rows.map((it) => (it === row ? { ...it, review_state } : it));
}
