/**
 * Browsers compile the engine function by function, as each is first called: the first form opened waits for that. So a
 * small form is opened while a person still looks at the tasks. Runs in the engine's worker.
 */
import form from "./warm-up.xml?raw";
import type { EngineModule } from "./wasm-contract";

/** As often, so that what reads forms is worth compiling well. */
const TIMES = 4;
/** Any moment will do: nothing of it stays. */
const ENV = JSON.stringify({ now_ms: Date.UTC(2026, 0, 1), offset_min: 480, seed: 1, properties: {} });

/** Opens the form as a visit does, shows it, and forgets it. */
export function warmUp({ CompiledForm, ListStore, Visit }: EngineModule): void {
  for (let time = 0; time < TIMES; time++) {
    const compiled = new CompiledForm(form);
    const lists = new ListStore();
    const visit = Visit.open(compiled, lists, ENV, "[]");
    for (const page of visit.pages()) JSON.parse(visit.page(page));
    visit.draft();
    visit.takeRequests();
    for (const owned of [visit, lists, compiled]) owned.free();
  }
}
