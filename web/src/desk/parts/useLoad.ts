/** Something that is fetched: on its way, there, or refused. */
import { shallowRef, type ShallowRef } from "vue";
import type { ApiError } from "@/api/client";
import { toApiError } from "@/desk/account";

export type Load<T> =
  { kind: "loading"; old: T | null } | { kind: "ready"; value: T } | { kind: "failed"; error: ApiError; old: T | null };

/** Returns what is there to show, also while it is fetched anew. */
export function shown<T>(load: Load<T>): T | null {
  return load.kind === "ready" ? load.value : load.old;
}

/** Returns a state and a function that fetches it; of two fetches the one asked for last wins. */
export function useLoad<T, Args extends readonly unknown[]>(
  fetch: (...args: Args) => Promise<T>,
): {
  load: ShallowRef<Load<T>>;
  run: (...args: Args) => Promise<void>;
} {
  const load = shallowRef<Load<T>>({ kind: "loading", old: null });
  let generation = 0;
  async function run(...args: Args): Promise<void> {
    const mine = ++generation;
    const old = shown(load.value);
    load.value = { kind: "loading", old };
    try {
      const value = await fetch(...args);
      if (mine === generation) load.value = { kind: "ready", value };
    } catch (caught) {
      const error = toApiError(caught);
      if (mine === generation) load.value = { kind: "failed", error, old };
    }
  }
  return { load, run };
}
