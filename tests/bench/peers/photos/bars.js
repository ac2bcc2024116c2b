/** What is wanted of our photos, and whether a run held it. Ratios are of medians of the same run. */
import { bytes, time, times } from "../lib/statistics.js";

/** No frame of 60 a second is missed. */
const LONGEST_TASK_MS = 16;

/** Returns every bar for one photograph; `figures` by contestant: medians of `wall_ms`, `peak_bytes`, … */
export function judge(figures) {
  const { ours, canvas } = figures;
  const peer = figures["browser-image-compression"];
  return [
    bar("time with checks, of the bare canvas's", "≤ 0.75×", ours && canvas && ours.wall_ms / canvas.wall_ms, times, (it) => it <= 0.75),
    bar("faster than browser-image-compression", "≥ 3×", ours && peer && peer.wall_ms / ours.wall_ms, times, (it) => it >= 3),
    bar("longest task of the main thread", "≤ 16 ms", ours?.task_ms, time, (it) => it <= LONGEST_TASK_MS),
    bar("peak memory, less the bare canvas's", "≤ 0", ours && canvas && ours.peak_bytes - canvas.peak_bytes, signed, (it) => it <= 0),
    bar("SSIM, less the canvas's in as many bytes", "≥ 0", ours && canvas && ours.ssim - canvas.ssim_within_ours, (it) => it.toFixed(4), (it) => it >= 0),
    bar("size", "≤ 300 KB", ours?.size_bytes, bytes, (it) => it <= 300_000),
  ];
}

function bar(name, wanted, figure, tell, holds) {
  const isMeasured = typeof figure === "number" && !Number.isNaN(figure);
  return { name, wanted, measured: isMeasured ? tell(figure) : "–", held: isMeasured ? holds(figure) : null };
}

function signed(n) {
  return `${n < 0 ? "−" : ""}${bytes(Math.abs(n))}`;
}
