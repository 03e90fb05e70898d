import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeCatalog } from "../../scripts/build-catalog.js";
import { precompileSchemas, sourceOf } from "../../scripts/precompile-schemas.js";
import { precompiledSchemas } from "../../scripts/precompiled-schemas.js";
import { bundleRules } from "../../src/engine/bundle/load-bundle.js";
import type { JsonObject, JsonValue } from "../../src/engine/json/index.js";
import { moduleCompiler } from "../../src/engine/module/index.js";
import { type Rules, rulesOf, schemaKey } from "../../src/engine/schema/rules.js";
import { filesOf, moduleTexts } from "../engine/module/fake-modules.js";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sheaf-"));
});
afterEach(() => rm(dir, { recursive: true }));

/** A module of source, bundled as the build does it. */
async function load<T>(contents: string, plugins: Parameters<typeof build>[0]["plugins"] = []): Promise<T> {
  const file = join(dir, "bundled.mjs");
  const js = 'import{createRequire as __r}from"node:module";const require=__r(import.meta.url);';
  const stdin = { contents, resolveDir: root, loader: "ts" } as const;
  await build({ stdin, bundle: true, format: "esm", platform: "node", banner: { js }, plugins, outfile: file });
  return import(pathToFileURL(file).href);
}

/** Every kind of keyword that the schemas of modules have. */
const schema: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: { type: "string", minLength: 2, maxLength: 5, pattern: "^[a-z]+$" },
    label: { type: "string", pattern: "^([a-z]+(\\.[a-z]+)*)?$" },
    every: { type: "string", format: "duration", default: "5m" },
    count: { type: "integer", minimum: 1, exclusiveMaximum: 9, multipleOf: 2 },
    mode: { enum: ["a", "b", null] },
    kind: { const: "x" },
    text: { type: "string", contentMediaType: "application/yaml" },
    other: { type: "string", contentMediaType: "text/plain" },
    list: { type: "array", items: { $ref: "#/$defs/item" }, uniqueItems: true, maxItems: 2, contains: { minimum: 3 } },
    map: { type: "object", propertyNames: { pattern: "^[ab]" }, patternProperties: { b$: { type: "boolean" } } },
    choice: { oneOf: [{ type: "string" }, { type: "object", properties: { text: { $ref: "#/properties/text" } } }] },
    rest: { anyOf: [{ type: "number" }, { not: { type: "string" } }] },
  },
  dependentRequired: { mode: ["kind"] },
  if: { required: ["kind"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ["count"] },
  $defs: {
    item: { type: ["number", "object"], properties: { inner: { $ref: "#/$defs/item" }, text: { default: [] } } },
  },
};

const scalars: JsonValue[] = [null, true, 0, 2, 4, 8.5, 12, "", "a", "ab", "abcdef", "x.y", "x..y", "5m", "5"];
const keys = [...Object.keys(schema.properties ?? {}), "inner", "ab", "bb", "c"];
const values = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...scalars),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie("value"), { maxKeys: 5 }),
  ),
})).value;
const objects = fc.record(
  { name: values, ...Object.fromEntries(keys.slice(1).map((key) => [key, values])) },
  { requiredKeys: [] },
);

function outcome(rules: Rules, given: unknown): unknown {
  const [data, texts] = [structuredClone(given), new Set<string>()];
  const isValid = rules.call(texts, data);
  return { isValid, errors: isValid ? [] : rules.errors, data, texts };
}

describe("precompiled rules", () => {
  test("say what rules say that are compiled when they are needed", async () => {
    const { validate } = await load<{ validate: Rules }>(await sourceOf(schema));
    const rules = await rulesOf(schema);
    const met = new Set<string>();
    fc.assert(
      fc.property(objects, (data) => {
        const expected = outcome(rules, data);
        for (const { keyword } of rules.errors ?? []) met.add(keyword);
        expect(outcome(validate, data)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
    expect([...met]).toEqual(expect.arrayContaining(["pattern", "format", "oneOf", "contains", "uniqueItems", "if"]));
    const text = { name: "abc", text: "a: 1", choice: { text: "b: 2" }, other: "c" };
    expect(outcome(validate, text)).toMatchObject({ isValid: true, texts: new Set(["/text", "/choice/text"]) });
    expect(outcome(validate, { name: "abc" })).toMatchObject({ data: { name: "abc", every: "5m" } });
  });

  test("are those of bundles, and of the newest version of each module", async () => {
    const versions = ["2.0.0-0", "1.0.0-0"].map((version) => {
      const texts = moduleTexts("web");
      const own = JSON.parse(texts["values.schema.json"] ?? "{}");
      const schema = JSON.stringify({ ...own, description: version });
      return { module: "web", version, files: filesOf({ ...texts, "values.schema.json": schema }) };
    });
    await writeCatalog(versions, moduleCompiler, join(dir, "catalog"));
    const schemas = await precompileSchemas(join(dir, "catalog"));
    const [, newest] = [...schemas.values()];
    expect([...schemas.keys()][0]).toBe(schemaKey(bundleRules));
    expect(schemas.size).toBe(2);
    expect(newest).toContain("2.0.0-0");
  });

  test("take the place of none in the bundle", async () => {
    const source = 'export { rulesOf } from "./src/engine/schema/rules.js";';
    const made = "export const validate = () => true;";
    const plugin = precompiledSchemas(new Map([[schemaKey({ type: "string" }), made]]), root);
    const bundled = await load<{ rulesOf: typeof rulesOf }>(source, [plugin]);
    expect((await bundled.rulesOf({ type: "string" })).call(new Set(), 1)).toBe(true);
    expect((await bundled.rulesOf({ type: "string", minLength: 1 })).call(new Set(), 1)).toBe(false);
  });
});
