import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import type { EngineModule, SignaturesModule } from "./wasm-contract";

const path = (name: string) => fileURLToPath(new URL(`./wasm/${name}`, import.meta.url));
const isBuilt = existsSync(path("forms_bg.wasm")) && existsSync(path("signatures_bg.wasm"));

/** Of `tests/conformance/cases/functions-text.md`. */
const KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const SIGNED = "Z88yThwJ33Jk1R5Ruzr6h8ztGqEqhiZSiKFFCF6jfJ+VVR03qCJ2IWCnepOEm052ZcXxpdGWis/0w2VhmtRtAOadjuWltuWltiA4ODAxMDE=";
const FORM = `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>T</h:title>
<model><instance><data id="t"><code/><name/></data></instance><bind nodeset="/data/name" calculate="extract-signed(/data/code, '${KEY}')"/></model></h:head>
<h:body><input ref="/data/code"><label>Code</label></input></h:body></h:html>`;

/** Loads a wasm file without its address. */
async function load<M>(name: string): Promise<M> {
  const module = (await import(/* @vite-ignore */ path(`${name}.js`))) as M & { initSync(it: { module: Uint8Array }): void };
  module.initSync({ module: readFileSync(path(`${name}_bg.wasm`)) });
  return module;
}

it.skipIf(!isBuilt)("a form that looks at signatures is refused without what verifies them, and filled in with it", async () => {
  const engine = await load<EngineModule>("forms");
  expect(() => new engine.CompiledForm(FORM)).toThrow("form.signatures");
  const { verifyEd25519 } = await load<SignaturesModule>("signatures");
  Object.assign(globalThis, { verifyEd25519 });
  const env = JSON.stringify({ now_ms: 0, offset_min: 480, seed: 1, properties: {} });
  const visit = engine.Visit.open(engine.CompiledForm.verifying(FORM), new engine.ListStore(), env, "[]");
  const code = visit.find("/data/code") ?? 0;
  visit.set(code, SIGNED, 0);
  expect(visit.value("/data/name")).toBe("李奶奶 880101");
  visit.set(code, SIGNED.replace("Z88", "Z89"), 0);
  expect(visit.value("/data/name")).toBe("");
});
