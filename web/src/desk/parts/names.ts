/** Names of grids, people and forms for filters; fetched once a session. */
import { shallowReactive } from "vue";
import * as api from "@/api/desk";
import type { AccountName, GridName, LocalText } from "@/api/deskTypes";

type FormName = { form_id: string; title: LocalText };

export const names = shallowReactive<{
  grids: readonly GridName[];
  accounts: readonly AccountName[];
  forms: readonly FormName[];
}>({
  grids: [],
  accounts: [],
  forms: [],
});

const VISITING = ["volunteer", "grid_worker", "adviser"];

/** Fetches the names. A list that cannot be had stays as it was: filters then offer what is known. */
export async function loadNames(): Promise<void> {
  const [grids, accounts, forms] = await Promise.allSettled([api.grids(), api.accounts(), api.forms()]);
  if (grids.status === "fulfilled") names.grids = grids.value;
  if (accounts.status === "fulfilled") names.accounts = accounts.value.filter((it) => VISITING.includes(it.role));
  if (forms.status === "fulfilled") names.forms = forms.value.filter((it) => it.current);
}

/** Returns a grid's name, or its id where it has none. */
export function gridName(grid: string): string {
  return names.grids.find((it) => it.grid === grid)?.label ?? grid;
}
