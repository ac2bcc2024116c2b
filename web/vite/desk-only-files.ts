import type { Plugin } from "vite";

/** The part of an output chunk that matters here. */
interface Linked {
  isEntry: boolean;
  facadeModuleId: string | null;
  imports: string[];
  dynamicImports: string[];
  css: string[];
}

/**
 * Returns a plugin and the set it fills: output files that only `desk.html` can reach. The service worker leaves them
 * out, so a volunteer's phone never downloads the desk.
 */
export function deskOnlyFiles(): { plugin: Plugin; files: Set<string> } {
  const files = new Set<string>(["desk.html"]);
  const plugin: Plugin = {
    name: "doorstep:desk-only-files",
    apply: "build",
    generateBundle(_options, bundle) {
      const chunks = new Map<string, Linked>();
      for (const [name, output] of Object.entries(bundle)) {
        if (output.type !== "chunk") continue;
        const css = [...(output.viteMetadata?.importedCss ?? []), ...(output.viteMetadata?.importedAssets ?? [])];
        chunks.set(name, { ...output, css });
      }
      const fromPhone = reachable(chunks, (facade) => facade.endsWith("/index.html"));
      for (const name of reachable(chunks, (facade) => facade.endsWith("/desk.html"))) {
        if (!fromPhone.has(name)) files.add(name);
      }
    },
  };
  return { plugin, files };
}

/** Returns the chunks, styles and assets that an entry page needs, directly or by way of others. */
function reachable(chunks: Map<string, Linked>, isPage: (facade: string) => boolean): Set<string> {
  const found = new Set<string>();
  const waiting = [...chunks].filter(([, it]) => it.isEntry && isPage(it.facadeModuleId ?? "")).map(([name]) => name);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const chunk = chunks.get(name);
    if (!chunk) continue;
    for (const style of chunk.css) found.add(style);
    waiting.push(...chunk.imports, ...chunk.dynamicImports);
  }
  return found;
}
