/** Who takes part. Ours first: the others are compared with it. */

/** How each runs in Node: by itself, with jsdom's DOM, or not at all. */
const IN_NODE = {
  doorstep: "plain",
  "getodk-xforms-engine": "with a DOM",
  enketo: "not",
  floor: "with a DOM",
  "rust-floor": "plain",
};

/** Names of all contestants. */
export const CONTESTANTS = Object.keys(IN_NODE);

/** Ours and the yardsticks, for cases about our own growth. */
export const LIGHT = ["doorstep", "floor", "rust-floor"];

/** Says whether a contestant runs in an environment. */
export const runsIn = (id, environment) => environment === "chromium" || IN_NODE[id] !== "not";

/** Says whether a contestant needs the DOM that Node lacks. */
export const needsDom = (id) => IN_NODE[id] === "with a DOM";
