import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, median, spread, time, times } from "../lib/statistics.js";

test("the median of an even number is between the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), null);
  assert.deepEqual(spread([5, 1, 3]), { median: 3, min: 1, max: 5, n: 3 });
});

test("figures are told in the unit that suits them", () => {
  assert.deepEqual([0.0042, 0.5, 4.2, 1_234, 12_300].map(time), ["4.20 µs", "500 µs", "4.20 ms", "1.23 s", "12.30 s"]);
  assert.deepEqual([512, 3 << 20].map(bytes), ["0.50 KiB", "3.00 MiB"]);
  assert.deepEqual([0.5, 20, 1_234].map(times), ["0.50×", "20.0×", "1,234×"]);
});
