import { readFileSync, writeFileSync } from "node:fs";

import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, it } from "vitest";

const description = new URL("../../../server/openapi.json", import.meta.url);
const generated = new URL("./schema.gen.ts", import.meta.url);

it("schema.gen.ts is made from the server's present description", async () => {
  const fresh = COMMENT_HEADER + astToString(await openapiTS(description, { immutable: true }));
  if (process.env["UPDATE"]) writeFileSync(generated, fresh);
  const isFresh = readFileSync(generated, "utf8") === fresh;
  expect(isFresh, "server/openapi.json has changed: run this test with UPDATE=1 and review the change").toBe(true);
}, 30_000);
