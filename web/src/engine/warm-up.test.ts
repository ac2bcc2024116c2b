import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";

import { warmUp } from "./warm-up";
import type { EngineModule } from "./wasm-contract";

it("opens a form, shows it and keeps nothing", () => {
  const free = vi.fn();
  const texts: string[] = [];
  const page = vi.fn(() => "[]");
  const engine = {
    CompiledForm: class {
      free = free;
      constructor(xform: string) {
        texts.push(xform);
      }
    },
    ListStore: class {
      free = free;
    },
    Visit: { open: () => ({ pages: () => [1, 2], page, draft: () => "", takeRequests: () => "[]", free }) },
  };
  warmUp(engine as unknown as EngineModule);
  expect(new Set(texts)).toEqual(new Set([readFileSync("src/engine/warm-up.xml", "utf8")]));
  expect(page).toHaveBeenCalledTimes(2 * texts.length);
  expect(free).toHaveBeenCalledTimes(3 * texts.length);
});
