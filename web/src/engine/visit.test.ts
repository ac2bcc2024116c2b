import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { takeOver } from "./patch";
import type { ViewNode } from "./types";
import { EngineVisit } from "./visit";
import type { EngineModule, Visit } from "./wasm-contract";

const path = (name: string) => fileURLToPath(new URL(`./wasm/${name}`, import.meta.url));

/** Texts in two languages, a media file, a filtered list of rows, one whose labels hold an answer, a repeat that numbers. */
const FORM = `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>T</h:title><model>
<instance><data id="t"><who/><street/><town/><town2/><item jr:template=""><amount/><double/></item><total/><far/></data></instance>
<instance id="towns" src="jr://file-csv/towns.csv"/>
<instance id="named"><root><item><name>a</name><id>n-a</id><street>s1</street></item><item><name>b</name><id>n-b</id><street>s1</street></item>
<item><name>c</name><id>n-c</id><street>s2</street></item></root></instance>
<itext><translation lang="中文"><text id="n-a"><value>甲</value><value form="image">jr://images/a.png</value></text>
<text id="n-b"><value>乙：<output value="/data/who"/></value></text><text id="n-c"><value>丙</value></text>
<text id="t"><value>合计 <output value="/data/total"/></value></text></translation>
<translation lang="English"><text id="n-a"><value>A</value></text><text id="n-b"><value>B of <output value="/data/who"/></value></text>
<text id="n-c"><value>C</value></text><text id="t"><value>Total <output value="/data/total"/></value></text></translation></itext>
<bind nodeset="/data/who" required="true()" constraint="string-length(.) &lt; 5" jr:constraintMsg="太长 𬭎"/>
<bind nodeset="/data/item/double" calculate="../amount * 2 + position(..)"/>
<bind nodeset="/data/total" calculate="sum(/data/item/double)"/>
<bind nodeset="/data/far" relevant="/data/total &gt; 10" readonly="/data/who = 'x'"/>
</model></h:head><h:body>
<input ref="/data/who"><label>Who</label><hint>h</hint></input>
<select1 ref="/data/street"><label>Street</label><item><label>One</label><value>s1</value></item><item><label>Two</label><value>s2</value></item></select1>
<select1 ref="/data/town"><label>Town</label><itemset nodeset="instance('towns')/root/item[street = /data/street]"><value ref="name"/><label ref="label"/></itemset></select1>
<select ref="/data/town2"><label>Named</label><itemset nodeset="instance('named')/root/item[street = /data/street]"><value ref="name"/><label ref="jr:itext(id)"/></itemset></select>
<group ref="/data/item"><label>Item</label><repeat nodeset="/data/item"><input ref="/data/item/amount"><label>No <output value="position(..)"/></label></input>
<input ref="/data/item/double"><label/></input></repeat></group>
<input ref="/data/total"><label ref="jr:itext('t')"/></input><input ref="/data/far"><label>Far</label></input>
</h:body></h:html>`;
const TOWNS = `name,label,street\n${Array.from({ length: 200 }, (_, row) => `t${row},Town ${row},s${(row % 4) + 1}\n`).join("")}`;

let n = 0;

async function open(): Promise<{ visit: EngineVisit; counts: { rows: number } }> {
  const module = (await import(/* @vite-ignore */ path("forms.js"))) as EngineModule & { initSync(it: { module: Uint8Array }): void };
  if ((n += 1) === 1) module.initSync({ module: readFileSync(path("forms_bg.wasm")) });
  const lists = new module.ListStore();
  lists.put("towns", TOWNS);
  const env = JSON.stringify({ now_ms: 0, offset_min: 480, seed: 1, properties: {} });
  const visit = module.Visit.open(new module.CompiledForm(FORM), lists, env, "[]");
  const counts = { rows: 0 };
  const counting = new Proxy(visit, {
    get(target, name: keyof Visit) {
      if (name === "rowChoices") return (source: number, rows: Uint32Array) => ((counts.rows += rows.length), target.rowChoices(source, rows));
      return target[name].bind(target);
    },
  });
  return { visit: new EngineVisit(counting), counts };
}

/** The nodes of the whole form as they are, the paths of what an interface was told before left out. */
function fresh(visit: EngineVisit, known: ReadonlyMap<number, ViewNode>): Map<number, ViewNode> {
  return new Map(visit.page(0).map((it) => [it.id, { ...it, reference: known.get(it.id)?.reference ?? it.reference }]));
}

describe.skipIf(!existsSync(path("forms_bg.wasm")))("a visit", () => {
  it("tells with patches what a fresh look would show", async () => {
    const { visit } = await open();
    const nodes = new Map(visit.page(0).map((it) => [it.id, it]));
    const id = (reference: string) => visit.find(reference) ?? -1;
    const steps = [
      () => visit.answer(id("/data/who"), "王", 0),
      () => visit.answer(id("/data/who"), "abcdef", 0),
      () => visit.answer(id("/data/street"), "s1", 0),
      () => visit.answer(id("/data/town"), "t4", 0),
      () => visit.answer(id("/data/town2"), "a b", 0),
      () => visit.answer(id("/data/who"), "李", 0),
      () => visit.speak("English"),
      () => visit.answer(id("/data/street"), "s2", 0),
      () => visit.add(id("/data/item"), 0),
      () => visit.add(id("/data/item"), 0),
      () => visit.answer(id("/data/item[2]/amount"), "7", 0),
      () => visit.remove(id("/data/item[1]"), 0),
      () => visit.answer(id("/data/who"), "x", 0),
      () => visit.speak("中文"),
      () => visit.speak("Klingon"),
      () => visit.answer(id("/data/who"), "", 0),
    ];
    for (const [at, step] of steps.entries()) {
      const patch = step();
      takeOver(nodes, patch, patch.added.flatMap((it) => visit.page(it)));
      expect(nodes, `step ${at + 1}`).toEqual(fresh(visit, nodes));
    }
  });

  it("knows the present path of an instance that moved", async () => {
    const { visit } = await open();
    visit.page(0);
    const item = visit.find("/data/item") ?? -1;
    const [first = -1, second = -1] = [visit.add(item, 0), visit.add(item, 0)].flatMap((it) => it.added);
    expect(visit.reference(second)).toBe("/data/item[2]");
    visit.remove(first, 0);
    expect([visit.reference(second), visit.reference(first), visit.reference(item)]).toEqual(["/data/item[1]", undefined, "/data/item"]);
  });

  it("asks for a row once in a language, and each time where its label holds an answer", async () => {
    const { visit, counts } = await open();
    const id = (reference: string) => visit.find(reference) ?? -1;
    visit.page(0);
    const asked = (work: () => unknown): number => {
      const before = counts.rows;
      work();
      return counts.rows - before;
    };
    const to = (street: string) => asked(() => visit.answer(id("/data/street"), street, 0));
    expect([to("s1"), to("s2"), to("s1"), to("s2")]).toEqual([52, 51, 1, 0]);
    expect(visit.search(id("/data/town"), "town 19", 3).map((it) => it.value)).toEqual(["t193", "t197"]);
    expect(asked(() => visit.search(id("/data/town"), "", 30))).toBe(0);
    expect(asked(() => visit.speak("English"))).toBe(51);
    visit.answer(id("/data/street"), "s1", 0);
    visit.answer(id("/data/who"), "王", 0);
    expect(visit.search(id("/data/town2"), "", 9)).toEqual([
      { value: "a", label: "A", media: [{ form: "image", address: "jr://images/a.png" }] },
      { value: "b", label: "B of 王" },
    ]);
  });
});
