/** What a `<doorstep-form>` shows at a time. */
import { shallowRef } from "vue";

import type { Refusal } from "./engine";
import type { OpenForm } from "./open-form";

/** What there is to see; reactive. `turn` differs for every form opened. */
export interface Shown {
  state: { kind: "opening" } | { kind: "open"; form: OpenForm; turn: number } | { kind: "finished" } | { kind: "refused"; refusal: Refusal };
}

/** Of several forms on a page the one last touched: a question such as "Delete it?" is asked in there. */
export const asking = shallowRef<symbol | null>(null);
