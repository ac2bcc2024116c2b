/** What Vite must know to bundle the contestants. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { HERE } from "./places.js";

const modules = (path) => join(HERE, "node_modules", path);

/** enketo-core names its own parts by aliases that the host page has to give; `widgets` is the module that lists them. */
function enketo(widgets) {
  const core = modules("enketo-core");
  return {
    "enketo/config": join(core, "config.js"),
    "enketo/widgets": widgets,
    "enketo/translator": join(core, "src/js/fake-translator.js"),
    "enketo/dialog": join(core, "src/js/fake-dialog.js"),
    "enketo/file-manager": join(core, "src/js/file-manager.js"),
    "enketo/xpath-evaluator-binding": join(core, "src/js/xpath-evaluator-binding.js"),
  };
}

/** Aliases with enketo's engine only: the engine bench must not measure date pickers. */
export const ENKETO_ALONE = enketo(join(HERE, "lib", "no-widgets.js"));

/** Aliases with enketo as its users see it. */
export const ENKETO_WHOLE = enketo(modules("enketo-core/src/js/widgets.js"));

const MONOREPO = "/packages/enketo-core/node_modules/";

/** Settings of every build; enketo's style sheets import by a path of its own repository. */
export function settings({ root, outDir, alias = {}, lib }) {
  const findFileUrl = (url) => (url.startsWith(MONOREPO) ? pathToFileURL(modules(url.slice(MONOREPO.length))) : null);
  const silenceDeprecations = ["import", "global-builtin", "color-functions", "if-function", "slash-div"];
  return {
    root,
    configFile: false,
    logLevel: "error",
    resolve: { alias },
    define: { "process.env.NODE_ENV": '"production"' },
    css: { preprocessorOptions: { scss: { importers: [{ findFileUrl }], quietDeps: true, silenceDeprecations } } },
    build: { outDir, emptyOutDir: true, target: "esnext", assetsInlineLimit: 0, modulePreload: { polyfill: false }, lib },
  };
}
