/** The queue's filter, as the URL remembers it. */
import { REVIEW_STATES, type ReviewState } from "@/api/deskTypes";

/** Empty text means "any". */
export type QueueFilter = {
  state: ReviewState | "";
  grid: string;
  volunteer: string;
  /** A flag's code. */
  flag: string;
  form: string;
  outcome: string;
  /** First and last civil day of the visit, `2026-11-21`. */
  from: string;
  to: string;
  q: string;
  /** `true`: only visits without a photo. */
  without_photos: "" | "true";
  /** `true`: only what should have been decided by now. */
  late: "" | "true";
  /** `flags`: those with most flags first; else the newest first. */
  sort: "" | "flags";
};

const TEXTS = ["grid", "volunteer", "flag", "form", "outcome", "from", "to", "q"] as const;
const CHECKS = ["without_photos", "late"] as const;
const KEYS = ["state", ...TEXTS, ...CHECKS, "sort"] as const;

export const NO_FILTER: QueueFilter = {
  state: "",
  grid: "",
  volunteer: "",
  flag: "",
  form: "",
  outcome: "",
  from: "",
  to: "",
  q: "",
  without_photos: "",
  late: "",
  sort: "",
};


type Query = Readonly<Record<string, unknown>>;

/** Returns the filter that a URL's query says; what it does not know counts as "any". */
export function filterFromQuery(query: Query): QueueFilter {
  const filter: QueueFilter = { ...NO_FILTER };
  for (const key of TEXTS) filter[key] = firstText(query[key]);
  for (const key of CHECKS) filter[key] = firstText(query[key]) === "true" ? "true" : "";
  const state = firstText(query["state"]);
  filter.state = REVIEW_STATES.find((it) => it === state) ?? "";
  filter.sort = firstText(query["sort"]) === "flags" ? "flags" : "";
  return filter;
}

/** Returns the query of a filter without what is empty, in a fixed order, so that equal filters have equal URLs. */
export function queryFromFilter(filter: QueueFilter): Record<string, string> {
  const query: Record<string, string> = {};
  for (const key of KEYS) if (filter[key].trim() !== "") query[key] = filter[key].trim();
  return query;
}

/** Returns whether two filters ask for the same rows. */
export function sameFilter(a: QueueFilter, b: QueueFilter): boolean {
  return KEYS.every((key) => a[key].trim() === b[key].trim());
}

function firstText(value: unknown): string {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first.trim() : "";
}
