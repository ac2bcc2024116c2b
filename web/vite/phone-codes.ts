import { readFile } from "node:fs/promises";

import type { Plugin } from "vite";

const SUFFIX = "?phone";

/** Areas of message codes that reach a volunteer; those of workbooks, registers and reviews are the desk's alone. */
const AREAS = ["answer", "attachment", "auth", "draft", "engine", "evidence", "file", "list", "lock", "network", "photo"];
const MORE_AREAS = ["request", "server", "sign_in", "signature", "storage", "submission", "task", "upload", "visit"];
const SINGLE = ["form.public_key", "form.refused", "not_found"];

/** Returns a plugin for `codes.*.json?phone`: the texts of those codes only that a volunteer's page can show. */
export function phoneCodes(): Plugin {
  const areas = new Set([...AREAS, ...MORE_AREAS]);
  return {
    name: "doorstep:phone-codes",
    enforce: "pre",
    async load(id) {
      if (!id.endsWith(`.json${SUFFIX}`)) return null;
      const all: Record<string, string> = JSON.parse(await readFile(id.slice(0, -SUFFIX.length), "utf8"));
      const kept = Object.entries(all).filter(([code]) => areas.has(code.split(".")[0] ?? "") || SINGLE.includes(code));
      return { code: `export default ${JSON.stringify(Object.fromEntries(kept))}`, moduleType: "js" };
    },
  };
}
