import { build } from "vite";
import { expect, test } from "vitest";
import { type Bundled, LICENCES } from "./bundled";

test("a build lists what is in it, with the words of each licence, where this page reads it", async () => {
  const result = await build({
    configFile: "vite.config.ts",
    logLevel: "silent",
    build: { write: false, rolldownOptions: { input: "src/lib/hash.ts", preserveEntrySignatures: "strict" } },
  });
  const [{ output } = { output: [] }] = "output" in result ? [result] : Array.isArray(result) ? result : [];
  const list = output.find(({ fileName }) => fileName === LICENCES);
  const packages: Bundled[] = JSON.parse(String(list?.type === "asset" ? list.source : "[]"));
  expect(packages.map(({ name, identifier }) => [name, identifier])).toEqual([["react", "MIT"]]);
  expect(packages[0]?.text).toContain("Permission is hereby granted");
});
