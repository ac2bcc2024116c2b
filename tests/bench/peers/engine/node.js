/** One run of one contestant on one case in a Node process of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";

import { DIST, HERE } from "../lib/places.js";

const LIMIT_MS = 300_000;
const MARK = "RESULT ";

/** Returns `{figures, error}`, or `{skipped}` where the contestant cannot do the case. */
export function runInNode(contestant, aCase) {
  const form = join(DIST, "engine", "cases", `${aCase.id}.json`);
  const program = ["--expose-gc", "--max-old-space-size=6000", join(HERE, "engine", "node-process.js"), contestant, form];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, program, { stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MS, killSignal: "SIGKILL" });
    let [output, complaints] = ["", ""];
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (complaints += text));
    child.on("close", (code, signal) => {
      const line = output.split("\n").find((it) => it.startsWith(MARK));
      const error = /^.*Error.*$/mu.exec(complaints)?.[0] ?? signal ?? `exit ${code}`;
      resolve(line ? JSON.parse(line.slice(MARK.length)) : { figures: {}, error: error.slice(0, 200) });
    });
  });
}
