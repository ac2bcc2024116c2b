/**
 * Our engine and the web app's own form components on a page without the rest of the app. The engine runs on the main
 * thread: the browser slows only that one down, so a worker would hide what the engine costs.
 */
import { createApp, defineComponent, h, markRaw, shallowReactive } from "vue";

import type { NodeId, ViewNode } from "@/engine/types";
import init, { CompiledForm, ListStore, Visit } from "@/engine/wasm/forms.js";
import wasmUrl from "@/engine/wasm/forms_bg.wasm?url";
import { provideHost, type FormHost } from "@/form/context";
import "@/form/form.css";
import FormNode from "@/form/FormNode.vue";
import { createTexts } from "@/i18n";
import codes from "@/i18n/codes.zh-CN.json?answers";
import own from "@/i18n/zh-CN.json";
import "@/ui/theme.css";

const [xform] = await Promise.all([fetch("./form.xml").then((it) => it.text()), init({ module_or_path: wasmUrl })]);
const env = { now_ms: Date.now(), offset_min: 480, seed: 7, properties: {} };
const visit = Visit.open(new CompiledForm(xform), new ListStore(), JSON.stringify(env), "[]");
const nodes = shallowReactive(new Map<NodeId, ViewNode>());

function draw(text: string): void {
  for (const node of JSON.parse(text) as ViewNode[]) nodes.set(node.id, markRaw(node));
}

/** Fetches what a call changed; what was not on the page yet is a new instance. */
async function changed(ids: Uint32Array): Promise<void> {
  for (const id of ids) draw(nodes.has(id) ? visit.nodes(Uint32Array.of(id)) : visit.page(id));
}

/** The page has neither camera nor store. */
const unavailable = async () => {
  throw new Error("not on this page");
};
const host: FormHost = {
  node: (id) => nodes.get(id),
  isJudged: () => true,
  judge: () => undefined,
  answer: (id, value) => changed(visit.set(id, value, Date.now())),
  search: async (id, query, limit) => JSON.parse(visit.searchChoices(id, query, limit)),
  addInstance: (repeat) => changed(visit.insert(repeat, Date.now())),
  removeInstance: (instance) => changed(visit.remove(instance, Date.now())),
  fileWork: () => ({ kind: "idle" }),
  hasViewfinder: false,
  locate: async () => ({ kind: "absent", reason: "unsupported" }),
  takePicture: unavailable,
  chooseFile: unavailable,
  sign: unavailable,
  strokesOf: async () => null,
  fileUrl: async () => null,
};

const [first] = visit.pages();
draw(visit.page(first));
const page = defineComponent(() => {
  provideHost(host);
  return () => h(FormNode, { id: first, isPage: true });
});
createApp(page).use(createTexts({ "zh-CN": { ...codes, ...own } })).mount("#app");
