/** What is wanted of our engine, and whether a run held it. CPU time in Chromium decides. */
import { bytes, time, times } from "../lib/statistics.js";

const OURS = "doorstep";
const ODK = "getodk-xforms-engine";
const ENKETO = "enketo";
const FLOOR = "rust-floor";
const WORK = "the source";
const LOAD = "load";
const LOAD_WARM = "load after a small form";

const FORM_CHANGES = {
  doorstep: ["alive or dead (relevance of 9 questions)", "systolic (flag, constraint, note)", "age of a household member (sums)", "district (choice filter)"],
  whova: ["consent (relevance of the whole form)", "date of birth (ages)", "sex (relevance)"],
};
const SIZES = ["fan_1000", "fan_5000", "chain_1000", "chain_5000"];
/** Two figures are the same when noise alone can explain the difference. */
const SAME = 1.25;

const BARS = [
  ...SIZES.flatMap((id) => [faster(id, WORK, ODK, 400), faster(id, WORK, ENKETO, 2_000), atMost(id, WORK, FLOOR, 2)]),
  ...["select_10000", "select_10000_csv"].flatMap((id) => [faster(id, "the district", ODK, 1_000), faster(id, "the district", ENKETO, 1_000)]),
  growth("the district", "select_10000_csv", "select_100000_csv", SAME),
  ...Object.entries(FORM_CHANGES).flatMap(([id, changes]) => changes.flatMap((it) => [faster(id, it, ODK, 20), faster(id, it, ENKETO, 20)])),
  ...["whova", ...SIZES].flatMap((id) => [faster(id, LOAD, ODK, 12), faster(id, LOAD, ENKETO, 12), atMost(id, LOAD, FLOOR, 2), atMost(id, LOAD_WARM, FLOOR, 2)]),
  faster("certification_3319", LOAD, ODK, 50),
  growth(LOAD, "certification_3319", "certification_16800", 6),
  growth(WORK, "unrelated_2000", "unrelated_4000", SAME),
  growth("a question nothing depends on", "unrelated_2000", "unrelated_4000", SAME),
  growth("an amount in the middle", "repeat_100", "repeat_300", 1.5),
  growth("an amount in the middle", "repeat_100", "repeat_1000", 1.5),
  growth("an amount in the middle", "repeat_100", "repeat_3000", 1.5),
  ...["add an instance", "remove the last", "remove the middle one"].map((it) => growth(it, "repeat_10", "repeat_1000", 1.5)),
  limit("whova", "serialise, CPU", 1, time),
  ...["doorstep", "whova", "certification_3319", "select_10000", "select_10000_csv", "repeat_100", ...SIZES].flatMap((id) => [smaller(id, ODK), smaller(id, ENKETO)]),
  limit("whova", "memory of wasm", 12 << 20, bytes),
  { name: "forms wasm as it travels", wanted: "≤ 170 KB", look: engineSize },
];

/**
 * Returns every bar with what was measured; `held` is `null` where nothing was. `engineBytes` is what the engine's wasm
 * file weighs in Brotli.
 */
export function judge(results, engineBytes) {
  const byCase = results.chromium ?? {};
  return BARS.map(({ name, wanted, look }) => ({ name, wanted, held: null, measured: "–", ...look(byCase, engineBytes) }));
}

const cpu = (what) => `${what}, CPU`;
const median = (byCase, id, contestant, figure) => byCase[id]?.[contestant]?.figures[figure]?.median;

/** Ours must be so many times faster. A peer that fails at it is beaten, and said to have failed. */
function faster(id, what, peer, factor) {
  const compare = (byCase) => {
    const ours = median(byCase, id, OURS, cpu(what));
    const theirs = median(byCase, id, peer, cpu(what));
    const error = byCase[id]?.[peer]?.error;
    if (ours === undefined) return {};
    if (theirs === undefined) return error ? { measured: `${time(ours)}; ${peer} fails: ${error}`, held: true } : {};
    return { measured: `${times(theirs / ours)} (${time(ours)}, ${time(theirs)})`, held: theirs >= factor * ours };
  };
  return { name: `${id}: ${what}, against ${peer}`, wanted: `≥ ${factor}×`, look: compare };
}

/** Ours may take so many times what the yardstick does. */
function atMost(id, what, peer, factor) {
  const compare = (byCase) => {
    const [ours, theirs] = [OURS, peer].map((it) => median(byCase, id, it, cpu(what)));
    if (ours === undefined || theirs === undefined) return {};
    return { measured: `${times(ours / theirs)} (${time(ours)}, ${time(theirs)})`, held: ours <= factor * theirs };
  };
  return { name: `${id}: ${what}, of what ${peer} takes`, wanted: `≤ ${factor}×`, look: compare };
}

/** Ours in the larger case may cost so many times what it costs in the smaller. */
function growth(what, small, large, factor) {
  const compare = (byCase) => {
    const [before, after] = [small, large].map((id) => median(byCase, id, OURS, cpu(what)));
    if (before === undefined || after === undefined) return {};
    return { measured: `${times(after / before)} (${time(before)}, ${time(after)})`, held: after <= factor * before };
  };
  return { name: `${what}: ${large}, of ${small}`, wanted: `≤ ${factor}×`, look: compare };
}

/** Ours may use a fifth of the memory. */
function smaller(id, peer) {
  const compare = (byCase) => {
    const [ours, theirs] = [OURS, peer].map((it) => median(byCase, id, it, "memory"));
    if (ours === undefined || theirs === undefined) return {};
    return { measured: `${bytes(ours)} of ${bytes(theirs)}`, held: 5 * ours <= theirs };
  };
  return { name: `${id}: memory, of ${peer}'s`, wanted: "≤ 1/5", look: compare };
}

function limit(id, figure, most, tell) {
  const compare = (byCase) => {
    const ours = median(byCase, id, OURS, figure);
    return ours === undefined ? {} : { measured: tell(ours), held: ours <= most };
  };
  return { name: `${id}: ${figure}`, wanted: `≤ ${tell(most)}`, look: compare };
}

function engineSize(_, engineBytes) {
  return { measured: `${(engineBytes / 1_000).toFixed(1)} KB`, held: engineBytes <= 170_000 };
}
