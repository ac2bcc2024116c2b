/** Flags that the filter offers: those the community has, most frequent first. */
import { shallowRef } from "vue";
import * as api from "@/api/desk";
import { queue } from "./queue";

type FlagCount = { code: string; n: number };

const counted = shallowRef<readonly FlagCount[]>([]);

/** Fetches how often each flag occurs; without an answer the filter offers what the loaded rows carry. */
export async function loadFlags(): Promise<void> {
  try {
    counted.value = (await api.dashboard()).top_flags;
  } catch {
    counted.value = [];
  }
}

/** Returns the flags to choose from, the chosen one always among them; `n` is 0 where nobody counted. */
export function knownFlags(chosen: string): readonly FlagCount[] {
  const known = new Map(counted.value.map((it) => [it.code, it.n]));
  const seen = [...queue.rows.flatMap((row) => row.flags), chosen];
  for (const code of seen) if (code !== "" && !known.has(code)) known.set(code, 0);
  return [...known].map(([code, n]) => ({ code, n }));
}
