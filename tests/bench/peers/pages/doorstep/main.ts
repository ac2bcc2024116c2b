/**
 * Our engine and the web app's own form components on a page without the rest of the app. The engine runs on the main
 * thread: the browser slows only that one down, so a worker would hide what the engine costs.
 */
import { createApp, defineComponent, h } from "vue";

import type { ViewDiff } from "@/engine/types";
import { applyDiff, viewState } from "@/engine/view-state";
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
const view = viewState(JSON.parse(visit.view()));

const step = async (diff: string) => applyDiff(view, JSON.parse(diff) as ViewDiff);
/** The page has neither camera nor store. */
const unavailable = async () => {
  throw new Error("not on this page");
};
const host: FormHost = {
  node: (id) => view.nodes.get(id),
  isJudged: () => true,
  judge: () => undefined,
  answer: (id, value) => step(visit.answer(id, value, Date.now())),
  search: async (id, query, limit) => JSON.parse(visit.searchChoices(id, query, limit)),
  addInstance: (repeat) => step(visit.addInstance(repeat, Date.now())),
  removeInstance: (instance) => step(visit.removeInstance(instance, Date.now())),
  fileWork: () => ({ kind: "idle" }),
  hasViewfinder: false,
  locate: async () => ({ kind: "absent", reason: "unsupported" }),
  takePicture: unavailable,
  chooseFile: unavailable,
  sign: unavailable,
  strokesOf: async () => null,
  fileUrl: async () => null,
};

const page = defineComponent(() => {
  provideHost(host);
  return () => h(FormNode, { id: view.pages[0] ?? view.root, isPage: true });
});
createApp(page).use(createTexts({ "zh-CN": { ...codes, ...own } })).mount("#app");
