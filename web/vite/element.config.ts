/**
 * Builds `kit/dist`: `doorstep-form.js`, the element as one module (what few forms need is loaded apart), or with
 * `--mode engine` the engine alone, for Node and for pages with an interface of their own. The wasm file lies beside them.
 */
import { fileURLToPath } from "node:url";

import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

import { elementParts } from "./element-parts.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig(({ mode }) => {
  const isEngine = mode === "engine";
  const entry: Record<string, string> = isEngine ? { engine: path("../src/element/engine.ts") } : { "doorstep-form": path("../src/element/doorstep-form.ts") };
  return {
    root: path(".."),
    base: "./",
    publicDir: false,
    plugins: [vue(), elementParts()],
    resolve: { alias: { "@": path("../src"), "vue-i18n": path("../src/element/texts.ts") } },
    define: { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false" },
    build: {
      target: ["chrome87", "safari15", "firefox90"],
      outDir: path("../kit/dist"),
      emptyOutDir: !isEngine,
      assetsInlineLimit: 0,
      cssCodeSplit: false,
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        // What the element and the parts loaded later share stays in the element: no second round trip before it works.
        preserveEntrySignatures: "allow-extension",
        output: { entryFileNames: "[name].js", chunkFileNames: "parts/[name]-[hash].js", assetFileNames: "[name][extname]" },
      },
    },
  };
});
