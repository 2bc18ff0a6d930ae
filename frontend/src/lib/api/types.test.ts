import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
// @ts-expect-error a tool without types
import { generate, TARGET } from "../../../tools/types.mjs";

test("the types are those of openapi.json and asyncapi.yaml: `npm run types` makes them anew", async () => {
  expect(readFileSync(TARGET, "utf8")).toBe(await generate());
}, 30_000);
