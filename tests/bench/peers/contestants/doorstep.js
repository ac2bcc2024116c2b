/** Our engine, called as the web app calls it: compiled, opened, and what there is to show as JavaScript objects. */
import init, { CompiledForm, ListStore, Visit } from "../../../../web/src/engine/wasm/forms.js";
import { instantiate } from "./instantiate.js";

const exports = await instantiate(init, new URL("../../../../web/src/engine/wasm/forms_bg.wasm", import.meta.url));

/** Noon in Shanghai; the clock of a visit is an argument. */
const NOW_MS = Date.UTC(2026, 10, 23, 4);
const ENV = JSON.stringify({ now_ms: NOW_MS, offset_min: 480, seed: 7, properties: {} });
/** As many choices as the web app's searching field shows. */
const MOST_CHOICES = 30;

export default {
  environments: ["chromium", "node"],
  supports: () => "all",
  async load(xform, attachments) {
    const form = new CompiledForm(xform);
    const lists = new ListStore();
    for (const [name, csv] of Object.entries(attachments)) lists.put(name.replace(/\.\w+$/u, ""), csv);
    const visit = Visit.open(form, lists, ENV, "[]");
    const nodes = new Map(JSON.parse(visit.view()).nodes.map((node) => [node.id, node]));
    return session(visit, nodes, [visit, lists, form]);
  },
};

function session(visit, nodes, owned) {
  const known = new Map();

  function find(reference, kind) {
    if (!known.has(reference)) {
      const node = [...nodes.values()].find((it) => it.reference === reference && (!kind || it.kind === kind));
      if (!node) throw new Error(`no node ${reference}`);
      known.set(reference, node.id);
    }
    return known.get(reference);
  }

  function apply(text) {
    const diff = JSON.parse(text);
    for (const id of diff.removed) nodes.delete(id);
    for (const node of diff.changed) nodes.set(node.id, node);
    return diff;
  }

  return {
    setValue: (reference, value) => void apply(visit.answer(find(reference), value, NOW_MS)),
    addInstance: (repeat) => void apply(visit.addInstance(find(repeat, "repeat"), NOW_MS)),
    removeInstance(repeat, position) {
      const instances = nodes.get(find(repeat, "repeat")).children;
      apply(visit.removeInstance(instances[position - 1], NOW_MS));
    },
    nOptions(reference) {
      const id = find(reference);
      const { n_choices, choices } = nodes.get(id).question;
      if (choices.length < n_choices) JSON.parse(visit.searchChoices(id, "", MOST_CHOICES));
      return n_choices;
    },
    serialise: () => visit.draft(),
    /** The draft holds every value; references of checked values end in names that no other node has. */
    getValue(reference) {
      const name = reference.split("/").pop();
      const { xml } = JSON.parse(visit.draft());
      return new RegExp(`<${name}>([^<]*)</${name}>`, "u").exec(xml)?.[1] ?? "";
    },
    warm: (reference) => void find(reference),
    wasmBytes: () => exports.memory.buffer.byteLength,
    dispose: () => owned.forEach((it) => it.free()),
  };
}
