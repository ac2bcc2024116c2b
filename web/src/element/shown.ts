/** What a `<doorstep-form>` shows at a time. */
import { shallowRef } from "vue";

import type { Diagnostic } from "./engine";
import type { OpenForm } from "./open-form";

/** Why there is no form to fill in. */
export interface Refusal {
  code: string;
  params: Readonly<Record<string, string>>;
  /** Every place in the form that has to be changed. */
  diagnostics: readonly Diagnostic[];
}

/** What there is to see; reactive. `turn` differs for every form opened. */
export interface Shown {
  state: { kind: "opening" } | { kind: "open"; form: OpenForm; turn: number } | { kind: "finished" } | { kind: "refused"; refusal: Refusal };
}

/** Of several forms on a page the one last touched: a question such as "Delete it?" is asked in there. */
export const asking = shallowRef<symbol | null>(null);
