import assert from "node:assert/strict";
import { test } from "node:test";

import { judge } from "../photos/bars.js";
import { ssim } from "../photos/likeness.js";

const figures = { wall_ms: 100, peak_bytes: 40, task_ms: 4, ssim: 0.96, ssim_within_ours: 0.96, size_bytes: 290_000 };
const held = (byContestant) => judge(byContestant).map((it) => it.held);

test("each bar of photos is held, broken, or was not measured", () => {
  const canvas = { ...figures, wall_ms: 140, peak_bytes: 50 };
  const peer = { ...figures, wall_ms: 300 };
  assert.deepEqual(held({ ours: figures, canvas, "browser-image-compression": peer }), Array(6).fill(true));
  const worse = { wall_ms: 106, peak_bytes: 51, task_ms: 17, ssim: 0.95, size_bytes: 300_001 };
  assert.deepEqual(held({ ours: worse, canvas, "browser-image-compression": peer }), Array(6).fill(false));
  assert.deepEqual(held({ ours: figures }), [null, null, true, null, null, true]);
});

test("a picture is like itself, less like itself with grain, and not like its negative", () => {
  const picture = Uint8Array.from({ length: 64 * 64 }, (_, at) => ((at % 64) * 3 + (at >> 6) * 7) % 256);
  const grainy = picture.map((it, at) => Math.min(255, it + (at * 31) % 17));
  const [same, near, far] = [picture, grainy, picture.map((it) => 255 - it)].map((it) => ssim(picture, it, 64, 64));
  assert.equal(same, 1);
  assert.ok(near < 1 && near > 0.7, `${near}`);
  assert.ok(far < 0, `${far}`);
});
