/** ODK's own engine, the one in ODK Web Forms. In Node it needs a DOM (jsdom). */
import { loadForm } from "@getodk/xforms-engine";

export default {
  supports: () => "all",
  async load(xform, attachments) {
    const fetchFormAttachment = async (url) => {
      const name = String(url).split("/").pop();
      if (!(name in attachments)) return new Response("", { status: 404 });
      const type = name.endsWith(".csv") ? "text/csv" : "application/xml";
      return new Response(attachments[name], { headers: { "content-type": type } });
    };
    const form = await loadForm(xform, { fetchFormAttachment });
    if (form.status === "failure") throw form.error;
    return session(form.createInstance().root);
  },
};

function session(root) {
  const known = new Map();

  function find(reference) {
    if (!known.has(reference)) known.set(reference, search(root, reference));
    return known.get(reference);
  }

  return {
    setValue(reference, value) {
      const node = find(reference);
      if (node.nodeType !== "select") node.setValue(value);
      else if (node.selectType === "select") node.selectValues(value === "" ? [] : value.split(" "));
      else node.selectValue(value === "" ? null : value);
    },
    addInstance: (repeat) => void find(repeat).addInstances(),
    removeInstance(repeat, position) {
      find(repeat).removeInstances(position - 1, 1);
      known.clear();
    },
    nOptions: (reference) => find(reference).currentState.valueOptions.length,
    async serialise() {
      const { data } = await root.prepareInstancePayload({ payloadType: "monolithic" });
      return data[0].get("xml_submission_file").text();
    },
    getValue: (reference) => find(reference).currentState.instanceValue ?? "",
    warm: (reference) => void find(reference),
    dispose() {},
  };
}

/** Returns the node at a path below the root. */
function search(root, reference) {
  let node = root;
  for (const step of reference.split("/").slice(2)) {
    const [, name, position] = /^([^[]+)(?:\[(\d+)\])?$/u.exec(step);
    node = children(node).find((child) => nameOf(child) === name);
    if (!node) throw new Error(`no node ${reference}`);
    if (position && node.nodeType.startsWith("repeat-range")) node = children(node)[position - 1];
  }
  return node;
}

const children = (node) => node.currentState.children ?? [];
const nameOf = (node) => node.currentState.reference.split("/").pop().replace(/\[\d+\]$/u, "");
