/** In the page: `bench` does one step at a time, so that heap and CPU clock can be read in between. */
import { load, steps } from "./script.js";

let contestant = null;
let aCase = null;
let session = null;

globalThis.bench = {
  async prepare(moduleUrl, caseUrl) {
    contestant = (await import(/* @vite-ignore */ moduleUrl)).default;
    aCase = await (await fetch(caseUrl)).json();
    return contestant.supports(aCase);
  },
  async load() {
    const before = contestant.wasmBytes?.() ?? 0;
    const loaded = await load(contestant, aCase);
    session = loaded.session;
    const wasmBytes = contestant.wasmBytes?.() ?? 0;
    return { ms: loaded.ms, wasmBytes, grownBytes: wasmBytes - before };
  },
  step: (name, ...args) => steps[name](session, aCase, ...args),
};
