import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import type { Plugin } from "vite";

const STYLES = "virtual:element-styles";
const TEXTS = "virtual:element-texts/";
/** Stands for the styles until all of them are known. */
const PLACE = "the styles go here";

const texts = (name: string) => fileURLToPath(new URL(`../src/i18n/${name}.json`, import.meta.url));
/** Keys of what a form alone can show. */
const OWN = /^(element|form)\.|^app\.unknown_code$|^visit\.(opening|next|previous|progress)$/;
const CODES = /^answer\.|^photo\.(failed|heic|too_many_pixels|unreadable)$|^file\.too_large$/;

/** Returns the texts of a language that `<doorstep-form>` can show; those of a refusal are loaded when there is one. */
export async function elementTexts(language: string): Promise<Record<string, string>> {
  const read = async (name: string, keys: RegExp) => {
    const all: Record<string, string> = JSON.parse(await readFile(texts(`${name}${language}`), "utf8"));
    return Object.entries(all).filter(([key]) => keys.test(key));
  };
  return Object.fromEntries([...(await read("", OWN)), ...(await read("codes.", CODES))]);
}

/** Returns a plugin for the modules that only `<doorstep-form>` has: its texts, and all its styles as one text inside it. */
export function elementParts(): Plugin {
  return {
    name: "doorstep:element-parts",
    enforce: "pre",
    resolveId: (id) => (id === STYLES || id.startsWith(TEXTS) ? `\0${id}` : null),
    async load(id) {
      if (id === `\0${STYLES}`) return { code: `export default ${JSON.stringify(PLACE)}`, moduleType: "js" };
      if (!id.startsWith(`\0${TEXTS}`)) return null;
      const kept = await elementTexts(id.slice(TEXTS.length + 1));
      return { code: `export default ${JSON.stringify(kept)}`, moduleType: "js" };
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        let styles = "";
        for (const [name, output] of Object.entries(bundle)) {
          if (output.type !== "asset" || !name.endsWith(".css")) continue;
          styles += String(output.source);
          delete bundle[name];
        }
        for (const output of Object.values(bundle)) {
          if (output.type !== "chunk") continue;
          output.code = output.code.replace(new RegExp(`(["'\`])${PLACE}\\1`), () => JSON.stringify(styles.trim()));
        }
      },
    },
  };
}
