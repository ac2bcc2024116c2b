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
  /** Once an old text was encoded, Blink keeps it outside of JavaScript's heap: that is to be no gain of who does it. */
  moveText() {
    new TextEncoder().encode(aCase.xml);
  },
  /** Loads the small form that the web app opens while it has nothing else to do, as often as it does. */
  async warmUp(times) {
    const xform = await (await fetch("/warm-up.xml")).text();
    for (let time = 0; time < times; time++) (await contestant.load(xform, {})).dispose();
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
