import assert from "node:assert/strict";
import { test } from "node:test";

import { cascade, chain, fan, register, repeat } from "../forms/generators.js";

/** Returns how many elements of each name a form has; every one must be closed. */
function elements(xml) {
  const counts = {};
  const open = [];
  for (const [, closing, name, empty] of xml.matchAll(/<(\/?)([\w:]+)[^<>]*?(\/?)>/gu)) {
    if (closing) assert.equal(name, open.pop());
    else counts[name] = (counts[name] ?? 0) + 1;
    if (!closing && !empty) open.push(name);
  }
  assert.deepEqual(open, []);
  return (name) => counts[name] ?? 0;
}

/** Returns the value of a calculate of a chain or fan, computed from the text of its binds. */
function compute({ xml }, path, q1) {
  const calculate = new RegExp(`nodeset="${path}" type="int" calculate="([^"]*)"`, "u").exec(xml)?.[1];
  if (calculate === undefined) return q1;
  const [, source, factor, addend] = /^ (\/data\/\w+) {2}(?:\* (\d+) )?\+ (\d+)$/u.exec(calculate);
  return compute({ xml }, source, q1) * Number(factor ?? 1) + Number(addend);
}

for (const [name, made] of Object.entries({ chain: chain(30, 7), fan: fan(30, 7) })) {
  test(`a ${name} has its questions and calculates, and expects what they compute`, () => {
    const count = elements(made.xml);
    assert.equal(count("input"), 30);
    assert.equal(made.xml.match(/calculate=/gu).length, 7);
    const [{ values, expect }] = made.changes;
    for (const [path, wanted] of Object.entries(expect)) {
      assert.deepEqual(wanted, values.map((value) => String(compute(made, path, Number(value)))));
    }
  });
}

test("a repeat grows to its size, and its sum is that of all doubles", () => {
  const { xml, grow, changes } = repeat(10);
  assert.equal(elements(xml)("repeat"), 1);
  assert.equal(grow.instances, 10);
  assert.equal(changes[0].reference, "/data/item[5]/amount");
  assert.deepEqual(changes[0].expect["/data/total"], ["40", "60"]);
});

test("every district has 100 towns, in the form and in a file alike", () => {
  const inForm = cascade(1_000, "internal");
  const inFile = cascade(1_000, "csv");
  const towns = (text) => text.match(/d0007t\d+/gu).length;
  assert.equal(towns(inForm.xml), 100);
  assert.equal(towns(inFile.attachments["towns.csv"]), 100);
  assert.equal(elements(inForm.xml)("item"), 1_010);
  assert.equal(elements(inFile.xml)("item"), 10);
});

test("a register has one line a resident and the same columns in each", () => {
  const lines = register(120).trimEnd().split("\n");
  assert.equal(lines.length, 121);
  assert.ok(lines.every((line) => line.split(",").length === 22));
});
