import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/engine/json/index.js";
import { createAjv } from "../../../src/engine/schema/index.js";

const schema: JsonObject = JSON.parse(readFileSync("schemas/module.schema.json", "utf8"));

test("schemas/module.schema.json is strict, and accepts its examples", async () => {
  const validate = (await createAjv(schema, { strict: true })).compile(schema);
  const examples = Array.isArray(schema.examples) ? schema.examples : [];
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
});

test.each([
  ["apiVersion", "sheaf/v2"],
  ["kind", "Bundle"],
  ["name", "Not A Name"],
  ["description", ""],
  ["kubeVersion", "newest"],
  ["constants", []],
  ["applySets", [{ name: "a", kinds: [] }]],
  ["applySets", [{ name: "a", kinds: ["deployment"] }]],
  ["healthChecks", [{ kind: "A" }]],
  ["healthChecks", [{ kind: "A", ready: "status.phase" }]],
  ["more", 1],
])("it refuses %s: %j", async (key, value) => {
  const validate = (await createAjv(schema)).compile(schema);
  const valid = { apiVersion: "sheaf/v1", kind: "Module", name: "a", description: "A." };
  expect(validate({ ...valid })).toBe(true);
  expect(validate({ ...valid, [key]: value })).toBe(false);
});
