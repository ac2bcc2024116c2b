/**
 * Every form of the pack, filled in to the end on a phone by its own definition: whatever is shown is answered, as its
 * type, its choices and its rules allow, page by page, until the form says that it is done. What comes out is checked as
 * the server does it.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { fittingAnswer, isAsked, shownOn } from "../fixture/answers.js";
import { openBrowser } from "../fixture/browser.js";
import { buildKit, kitEngine, serveKit } from "../fixture/kit.js";
import { ROOT } from "../fixture/paths.js";
import { run } from "../fixture/process.js";
import { FormPage } from "../pages/form.js";

const N_FORMS = 25;

/** Phones at a time: two processors are busy with them. */
const N_PHONES = 3;

/** More than any form of the pack asks for. */
const MAX_ANSWERS = 300;

/** Of a longer list, an answer among the first is taken. */
const MOST_CHOICES = 60;

/** What an answer may take until the form has it. */
const PATIENCE_MS = 15_000;

const PAGE = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>填表</title><script type="module" src="/dist/doorstep-form.js"></script><doorstep-form></doorstep-form></html>`;

describe("every form of the pack", async () => {
  const stories = (await nativeStories()).filter((_, at) => at % 2 === 0);
  const finished = [];
  let engine;
  let server;
  let browser;

  before(async () => {
    await buildKit();
    engine = await kitEngine();
    server = await serveKit({ "/fill.html": PAGE });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  describe("is filled in to the end on a phone", { concurrency: N_PHONES }, () => {
    for (const story of stories) {
      it(story.form_id, async (test) => {
        const phone = await browser.phone(server.url);
        try {
          const { detail, nAnswers, nPages } = await fill(phone.page, engine, story);
          for (const { name, size } of detail.files) assert.ok(size > 0 && detail.xml.includes(`>${name}<`), `${name}: ${size} bytes`);
          finished.push({ story, xml: detail.xml });
          test.diagnostic(`${nAnswers} answers on ${nPages} pages, ${detail.files.length} files`);
        } finally {
          await phone.close();
        }
      });
    }
  });

  it("is found good by the server's check", async () => {
    assert.equal(finished.length, N_FORMS);
    const found = await recheck(finished);
    for (const [at, findings] of found.entries()) assert.deepEqual(findings, [], `${finished[at].story.form_id}\n${finished[at].xml}`);
  });
});

/** Fills a form in and returns what it tells at the end. */
async function fill(page, engine, story) {
  const nowMs = story.env.now_ms;
  await page.clock.setFixedTime(nowMs);
  await page.addInitScript(keepEnd);
  await page.goto("/fill.html");
  const { xform, lists } = story;
  const given = { xform, lists, prefill: Object.fromEntries(story.prefill) };
  await page.evaluate((it) => Object.assign(document.querySelector("doorstep-form"), it), given);
  const form = new FormPage(page);
  await form.questions.first().waitFor();

  /** Returns the form's own view of the page on the screen, once the screen shows just that. */
  const look = () =>
    until(async () => {
      const draft = await page.evaluate(() => document.querySelector("doorstep-form").draft());
      const visit = engine.FormVisit.open(xform, { lists, draft, now: () => nowMs, offsetMinutes: story.env.offset_min });
      const at = await form.at();
      const nodes = shownOn(visit.page(visit.pages()[at]));
      const questions = nodes.filter((it) => it.question);
      const differs = JSON.stringify(await form.names()) !== JSON.stringify(questions.map((it) => it.name));
      return differs ? null : { visit, at, nodes, questions };
    }, `${story.form_id}: the screen shows what the form has`);

  const seen = new Set();
  const isNew = ({ reference }) => !seen.has(reference) && Boolean(seen.add(reference));
  const told = { nAnswers: 0, nPages: 1 };
  while (told.nAnswers < MAX_ANSWERS) {
    const { visit, at, nodes, questions } = await look();
    const asked = questions.find((it) => isAsked(it) && (it.question.violation || it.question.value === "") && isNew(it));
    const repeat = nodes.find((it) => it.repeat?.can_add && it.repeat.count === 0 && isNew(it));
    if (asked) {
      const value = fittingAnswer(visit, asked, nowMs);
      if (value === null) {
        assert.equal(asked.question.violation, null, `nothing fits ${asked.reference}`);
        continue;
      }
      const label = visit.choices(asked.id, "", MOST_CHOICES).find((it) => it.value === value)?.label;
      await form.answer(questions.indexOf(asked), asked, value, label);
      await until(async () => {
        const after = (await look()).questions.find((it) => it.reference === asked.reference);
        return !after || after.question.value !== asked.question.value;
      }, `${asked.reference} is answered`);
      told.nAnswers += 1;
    } else if (repeat) {
      await form.add(repeat.label);
    } else if (await form.finish.isVisible()) {
      await form.finish.tap();
      await form.done.waitFor();
      return { ...told, detail: await page.evaluate(() => globalThis.ended) };
    } else {
      await form.next.tap();
      await until(async () => (await form.at()) === at + 1, `${story.form_id}: page ${at + 2} follows`);
      told.nPages += 1;
    }
  }
  throw new Error(`${story.form_id}: still unfinished after ${MAX_ANSWERS} answers`);
}

/** Asks again until there is an answer, and returns it. */
async function until(ask, what) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
}

/** In the page: keeps what the form tells at its end, files as their sizes. */
function keepEnd() {
  addEventListener("doorstep-finished", ({ detail }) => {
    globalThis.ended = { xml: detail.xml, files: detail.attachments.map(({ name, size }) => ({ name, size })) };
  });
}

/** Returns a story of each form: its XForm, its lists, the values it starts with. */
async function nativeStories() {
  return JSON.parse(await run("cargo", program("stories"), { cwd: ROOT })).map(({ story }) => story);
}

/** Returns what the server's check finds in each visit. */
async function recheck(visits) {
  return JSON.parse(await run("cargo", program("recheck"), { cwd: ROOT }, JSON.stringify(visits)));
}

function program(name) {
  return ["run", "--quiet", "--package", "doorstep-tests", "--bin", name];
}
