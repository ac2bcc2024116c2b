import type { Plugin } from "vite";

const EMPTY = "\0doorstep:no-icon-font.css";

/** Returns a plugin that leaves out Vant's icon font (25 KB of base64); the app draws its icons as inline SVG. */
export function withoutIconFont(): Plugin {
  return {
    name: "doorstep:without-icon-font",
    enforce: "pre",
    async resolveId(source, importer) {
      if (!source.endsWith(".css")) return null;
      if (/vant\/(es|lib)\/icon\/index\.css$/.test(source)) return EMPTY;
      const isRelativeIcon = /(^|\/)icon\/index\.css$/.test(source);
      return isRelativeIcon && importer?.includes("/vant/") ? EMPTY : null;
    },
    load(id) {
      return id === EMPTY ? "" : null;
    },
  };
}
