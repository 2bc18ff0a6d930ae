// Makes src/lib/api/types.gen.ts from openapi.json (REST) and ../docs/asyncapi.yaml (frames): `npm run types`.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";
import { parse } from "yaml";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
export const TARGET = at("../src/lib/api/types.gen.ts");
// The frames a channel sends, named as the schemas of asyncapi.yaml name them; REST has names of its own.
const FRAMES = [
  "Hello", "StatusFrame", "NewAlert", "AlertAcknowledged", "DeviceUpdated", "DeviceRemoved", "Snapshot", "Gap",
  "Heartbeat", "TokenExpiring", "Pong", "Error",
];
const HEADER = "// Made by `npm run types` from openapi.json and docs/asyncapi.yaml: do not edit.";

/** Write references to `#/components/schemas/X` as `#/$defs/X`, and leave out titles, which would become names. */
function asDefinitions(schemas) {
  const text = JSON.stringify(schemas).replaceAll("#/components/schemas/", "#/$defs/");
  return JSON.parse(text, (key, value) => {
    if (value && typeof value === "object" && !Array.isArray(value) && typeof value.title === "string") delete value.title;
    return value;
  });
}

async function declarations(root, schemas, wanted) {
  const $defs = asDefinitions(schemas);
  const properties = Object.fromEntries(wanted.map((name) => [name, { $ref: `#/$defs/${name}` }]));
  const schema = { type: "object", additionalProperties: false, required: wanted, properties, $defs };
  return compile(schema, root, {
    additionalProperties: false, bannerComment: "", format: true, unreachableDefinitions: false, strictIndexSignatures: true,
    style: { printWidth: 120 },
  });
}

export async function generate() {
  const rest = JSON.parse(readFileSync(at("../openapi.json"), "utf8")).components.schemas;
  const live = parse(readFileSync(at("../../docs/asyncapi.yaml"), "utf8")).components.schemas;
  return [
    HEADER,
    `export namespace Rest {\n${await declarations("All", rest, Object.keys(rest))}}`,
    `export namespace Live {\n${await declarations("All", live, FRAMES)}}`,
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, await generate());
