/** Our engine as a page calls it: what is on the screen is there as JavaScript objects, and changes tell of that by id. */
import init, { CompiledForm, ListStore, Visit } from "../../../../web/src/engine/wasm/forms.js";
import { takeOver } from "../../../../web/src/engine/patch.ts";
import { EngineVisit } from "../../../../web/src/engine/visit.ts";
import { instantiate } from "./instantiate.js";

const exports = await instantiate(init, new URL("../../../../web/src/engine/wasm/forms_bg.wasm", import.meta.url));

/** Noon in Shanghai; the clock of a visit is an argument. */
const NOW_MS = Date.UTC(2026, 10, 23, 4);
const ENV = JSON.stringify({ now_ms: NOW_MS, offset_min: 480, seed: 7, properties: {} });
/** As many choices as the web app's searching field shows. */
const MOST_CHOICES = 30;

export default {
  wasmBytes: () => exports.memory.buffer.byteLength,
  supports: () => "all",
  async load(xform, attachments) {
    const form = new CompiledForm(xform);
    const lists = new ListStore();
    for (const [name, csv] of Object.entries(attachments)) lists.put(name.replace(/\.\w+$/u, ""), csv);
    const visit = new EngineVisit(Visit.open(form, lists, ENV, "[]"));
    const nodes = new Map();
    show(visit, nodes, visit.pages()[0]);
    return session(visit, nodes, [visit, lists, form]);
  },
};

/** Draws a node and all below it. */
function show(visit, nodes, id) {
  for (const node of visit.page(id)) nodes.set(node.id, node);
}

function session(visit, nodes, owned) {
  const known = new Map();

  function find(reference) {
    if (!known.has(reference)) {
      const id = visit.find(reference);
      if (id === undefined) throw new Error(`no node ${reference}`);
      known.set(reference, id);
    }
    return known.get(reference);
  }

  /** Takes over what changed on the screen, as the element does; a new instance comes with all below it. */
  function draw(patch) {
    takeOver(nodes, patch, patch.added.flatMap((id) => visit.page(id)));
  }

  return {
    setValue: (reference, value) => draw(visit.answer(find(reference), value, NOW_MS)),
    addInstance: (repeat) => draw(visit.add(find(repeat), NOW_MS)),
    removeInstance(repeat, position) {
      draw(visit.remove(visit.find(`${repeat}[${position}]`), NOW_MS));
      known.clear();
    },
    nOptions(reference) {
      const id = find(reference);
      const { n_choices, choices } = nodes.get(id).question;
      // What a node does not list is searched.
      if (n_choices > choices.length) visit.search(id, "", MOST_CHOICES);
      return n_choices;
    },
    serialise: () => visit.submission(),
    getValue: (reference) => visit.value(reference) ?? "",
    /** Turns to the page that shows the question. */
    warm(reference) {
      const pages = visit.nodes(visit.pages());
      const page = pages.find((it) => reference === it.reference || /^[/[]/u.test(reference.split(it.reference)[1] ?? ""));
      if (page) show(visit, nodes, page.id);
      find(reference);
    },
    dispose: () => owned.forEach((it) => it.free()),
  };
}
