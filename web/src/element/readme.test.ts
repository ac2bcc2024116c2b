/** Runs the examples of the kit's READMEs: each `console.log(…); // value` has to say just that. */
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const KIT = fileURLToPath(new URL("../../kit", import.meta.url));
const WASM = fileURLToPath(new URL("../engine/wasm/forms_bg.wasm", import.meta.url));

type Run = (load: (name: string) => Promise<unknown>, console: { log(value: unknown): void }) => Promise<void>;
const AsyncFunction = (async () => undefined).constructor as new (...texts: string[]) => Run;

/** Files as the examples name them. */
const files = { readFile: (name: string, kind?: "utf8") => readFile(name === "forms_bg.wasm" ? WASM : place(name), kind) };

function place(name: string): string {
  return isAbsolute(name) ? name : join(KIT, name);
}

async function load(name: string): Promise<unknown> {
  if (name === "node:fs/promises") return files;
  if (name === "@doorstep/form/engine") return import("./engine");
  throw new Error(`an example imports ${name}`);
}

function examples(readme: string): string[] {
  const text = readFileSync(join(KIT, readme), "utf8");
  return [...text.matchAll(/^```js\n(.*?)^```/gms)].map((match) => match[1] ?? "");
}

describe.skipIf(!existsSync(WASM)).each([
  ["README.md", 3],
  ["README.zh-CN.md", 1],
])("%s", (readme, nExamples) => {
  it("has examples", () => expect(examples(readme)).toHaveLength(nExamples));

  it.each(examples(readme).map((text, at) => [at + 1, text] as const))("example %i does what it says", async (_, text) => {
    await ((await import("./engine")).loadEngine(await readFile(WASM)));
    const promised = [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1] ?? "");
    expect(promised.length).toBeGreaterThan(0);
    const body = text.replace(/^import (\{.*\}) from (".*");$/gm, "const $1 = await load($2);");
    const said: string[] = [];
    await new AsyncFunction("load", "console", body)(load, { log: (value) => said.push(JSON.stringify(value)) });
    expect(said).toEqual(promised);
  });
});
