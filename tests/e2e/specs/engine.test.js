/**
 * One engine: what was told natively is told again in the browser's wasm, and must end in the same submission byte for
 * byte, with the same violations and the same findings.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { openBrowser } from "../fixture/browser.js";
import { ROOT, WASM } from "../fixture/paths.js";
import { run } from "../fixture/process.js";

/** A story for each of the pack's forms, twice: the shortest way through and the longest. */
const N_STORIES = 50;

describe("one engine, natively and in the browser", () => {
  let told;
  let server;
  let browser;
  let page;

  before(async () => {
    told = JSON.parse(await nativeStories());
    server = await serveEngine();
    browser = await openBrowser();
    page = (await browser.desk(`http://127.0.0.1:${server.address().port}`)).page;
    await page.goto("/");
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  it("tells every story with the same end", async (test) => {
    assert.equal(told.length, N_STORIES);
    for (const [index, { story, ending }] of told.entries()) {
      await test.test(`${story.form_id}, story ${index + 1}`, async () => {
        const here = await page.evaluate(tell, story);
        assert.equal(here.xml, ending.xml);
        assert.deepEqual(here.violations, ending.violations);
        for (const side of ["checked", "tampered"]) {
          const parts = new Set([...Object.keys(ending[side]), ...Object.keys(here[side])]);
          for (const part of parts) assert.deepEqual(here[side][part], ending[side][part], `${side}: ${part}`);
        }
      });
    }
  });

  it("tells stories that find something", () => {
    const sum = (count) => told.reduce((n, it) => n + count(it.ending), 0);
    assert.ok(sum((it) => it.violations.length) > 0, "no story breaks a rule");
    assert.ok(sum((it) => it.tampered.findings.length) > 0, "no tampering is found");
    assert.ok(sum((it) => it.checked.entities.length) > 0, "no story changes a register");
  });
});

function nativeStories() {
  if (process.env.DOORSTEP_STORIES) return readFile(process.env.DOORSTEP_STORIES, "utf8");
  return run("cargo", ["run", "--quiet", "--package", "doorstep-tests", "--bin", "stories"], { cwd: ROOT });
}

/** Serves the engine's files and an empty page. */
function serveEngine() {
  const types = { js: "text/javascript", wasm: "application/wasm" };
  const server = createServer(async (request, response) => {
    const name = /^\/(\w+\.(js|wasm))$/u.exec(request.url ?? "");
    if (!name) return response.setHeader("content-type", "text/html").end("<!doctype html><title>engine</title>");
    const bytes = await readFile(join(WASM, name[1])).catch(() => null);
    if (!bytes) return response.writeHead(404).end();
    response.setHeader("content-type", types[name[2]]).end(bytes);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Tells a story in the page; stands alone, for it is sent there as text. */
async function tell(story) {
  const [visiting, checking] = await Promise.all([import("/forms.js"), import("/xlsform.js")]);
  await visiting.default({ module_or_path: "/forms_bg.wasm" });
  await checking.default({ module_or_path: "/xlsform_bg.wasm" });
  const opened = (engine) => {
    const lists = new engine.ListStore();
    for (const [id, csv] of Object.entries(story.lists)) lists.put(id, csv);
    return [new engine.CompiledForm(story.xform), lists];
  };
  const [form, lists] = opened(visiting);
  const visit = visiting.Visit.open(form, lists, JSON.stringify(story.env), JSON.stringify(story.prefill));
  let violations = [];
  for (const [index, step] of story.steps.entries()) {
    if (index + 1 === story.steps.length) violations = JSON.parse(visit.violations());
    const node = visit.find(step.reference);
    if (step.do === "add") visit.insert(node, story.env.now_ms);
    else visit.set(node, step.value, step.now_ms);
  }
  const { xml } = JSON.parse(visit.finish(story.finish_ms));
  const tampered = story.tampering.reduce((text, [from, to]) => text.replaceAll(from, to), xml);
  // Another clock and another offset than the visit's, as on a server days later.
  const elsewhere = JSON.stringify({ now_ms: story.finish_ms + 3 * 86_400_000, offset_min: 0, seed: 0 });
  const [checkForm, checkLists] = opened(checking);
  const judge = (text) => JSON.parse(checking.checkSubmission(checkForm, checkLists, elsewhere, text));
  return { xml, violations, checked: judge(xml), tampered: judge(tampered) };
}
