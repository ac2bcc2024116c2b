import assert from "node:assert/strict";
import { test } from "node:test";

import { judge } from "../engine/bars.js";

const figure = (median) => ({ figures: { "load, CPU": { median } }, error: null });
const held = (byContestant, name) => judge({ chromium: { fan_1000: byContestant } }, 170_000).find((it) => it.name === name).held;

test("a bar is held, broken, or was not measured", () => {
  const name = "fan_1000: load, against enketo";
  assert.equal(held({ doorstep: figure(10), enketo: figure(120) }, name), true);
  assert.equal(held({ doorstep: figure(11), enketo: figure(120) }, name), false);
  assert.equal(held({ doorstep: figure(10) }, name), null);
  assert.equal(held({}, "forms wasm as it travels"), true);
});

test("a peer that fails where we do not is beaten", () => {
  const failed = { figures: {}, error: "Maximum call stack size exceeded" };
  assert.equal(held({ doorstep: figure(10), enketo: failed }, "fan_1000: load, against enketo"), true);
  assert.equal(held({ doorstep: failed, enketo: failed }, "fan_1000: load, against enketo"), null);
});
