/**
 * enketo-transformer (XSLT in the browser) and enketo-core. Its engine is the HTML form, so it needs a real browser.
 * Widgets are left out, so that date pickers are not measured.
 */
import { Form } from "enketo-core";
import { transform } from "enketo-transformer/web";

const CONTROL = /^(INPUT|SELECT|TEXTAREA)$/u;
const PATIENCE_MS = 20_000;

export default {
  supports: () => "all",
  async load(xform, attachments) {
    const { form: html, model } = await transform({ xform });
    const host = document.createElement("div");
    document.body.append(host);
    host.innerHTML = html;
    const external = Object.entries(attachments).map(([name, text]) => ({ id: name.replace(/\.\w+$/u, ""), xml: rowsAsXml(text) }));
    const form = new Form(host.querySelector("form.or"), { modelStr: model, external }, {});
    const errors = form.init();
    if (errors.length > 0) throw new Error(errors.join("; "));
    return session(form, host);
  },
};

/** enketo-core takes lists as XML; its server makes that of CSV. */
function rowsAsXml(csv) {
  const [names, ...rows] = csv.trim().split("\n").map((line) => line.split(","));
  const item = (row) => `<item>${names.map((name, i) => `<${name}>${row[i]}</${name}>`).join("")}</item>`;
  return new DOMParser().parseFromString(`<root>${rows.map(item).join("")}</root>`, "text/xml");
}

function session(form, host) {
  const element = host.querySelector("form.or");
  const known = new Map();

  function named(path) {
    const found = element.querySelectorAll(`[name="${path}"],[data-name="${path}"]`);
    return [...found].filter((it) => CONTROL.test(it.tagName) && !it.closest(".itemset-template"));
  }

  /** Radio buttons are drawn anew with their choices, so only other controls are remembered. */
  function control(reference) {
    if (known.has(reference)) return known.get(reference);
    const { path, index } = split(reference);
    const firstOfQuestion = new Map();
    for (const it of named(path)) {
      const question = it.closest(".question") ?? it;
      if (!firstOfQuestion.has(question)) firstOfQuestion.set(question, it);
    }
    const found = [...firstOfQuestion.values()][index];
    if (!found) throw new Error(`no control ${reference}`);
    if (found.type !== "radio" && found.type !== "checkbox") known.set(reference, found);
    return found;
  }

  return {
    setValue(reference, value) {
      const it = control(reference);
      const before = String(form.input.getVal(it));
      const taken = changed(element, `${reference} = ${value}`);
      form.input.setVal(it, value, new Event("change", { bubbles: true }));
      if (before === value) taken.forget();
      return taken.promise;
    },
    addInstance(repeat) {
      // Of its triggers, "magic" is the one that does not scroll.
      form.repeats.add(element.querySelector(`.or-repeat-info[data-name="${repeat}"]`), 1, "magic");
      return Promise.resolve();
    },
    removeInstance(repeat, position) {
      const instance = element.querySelectorAll(`.or-repeat[name="${repeat}"]`)[position - 1];
      form.repeats.remove(form.view.$.find(instance));
      known.clear();
      return Promise.resolve();
    },
    nOptions: (reference) => named(split(reference).path).filter((it) => it.type === "radio").length,
    serialise: () => form.getDataStr({ irrelevant: false }),
    getValue(reference) {
      const { path, index } = split(reference);
      return form.model.node(path, index).getVal();
    },
    warm: (reference) => void control(reference),
    dispose: () => host.remove(),
  };
}

function split(reference) {
  let index = 0;
  const path = reference.replace(/\[(\d+)\]/gu, (_, position) => {
    index = Number(position) - 1;
    return "";
  });
  return { path, index };
}

/** Waits for the event that ends an evaluation. */
function changed(element, what) {
  const events = new AbortController();
  let forget;
  const promise = new Promise((resolve, reject) => {
    forget = resolve;
    element.addEventListener("xforms-value-changed", resolve, { once: true, signal: events.signal });
    const timer = setTimeout(() => reject(new Error(`not taken: ${what}`)), PATIENCE_MS);
    events.signal.addEventListener("abort", () => clearTimeout(timer));
  }).finally(() => events.abort());
  return { promise, forget };
}
