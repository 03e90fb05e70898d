import { expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/engine/json/index.js";
import { loadModule, vetModule } from "../../../src/engine/module/index.js";
import { bundlePos, filesOf, locate } from "./module-files.js";

const filesWith = (schema: string) =>
  filesOf({
    "module.yaml": "apiVersion: sheaf/v1\nkind: Module\nname: x\ndescription: A test.\n",
    "values.schema.json": schema,
    "templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\n",
  });

/** A schema with an option `a`, on lines of its own. */
const withOption = (a: JsonValue, rest: JsonObject = {}) =>
  JSON.stringify({ type: "object", additionalProperties: false, properties: { a }, ...rest }, null, 1);
/** `then` is a word that JavaScript gives a meaning of its own. */
const parsed = (text: string): JsonObject => JSON.parse(text);
const x: JsonValue = { $ref: "#/$defs/x" };
const self = "a $ref leads back to itself, without going into a property or an item";
const slow = "it could take very long on some texts, and cannot be matched in linear time";
const empty: JsonValue = { type: "object", additionalProperties: false, properties: {} };

const nested = (depth: number): JsonValue => {
  let schema: JsonValue = { type: "string" };
  for (let i = 0; i < depth; i++) schema = { type: "object", additionalProperties: false, properties: { a: schema } };
  return schema;
};

/** What is refused wherever a module is compiled, when it is published and when it was pulled. */
test.each<[title: string, schema: string, fault: string]>([
  ["allOf of itself", withOption(x, { $defs: { x: { allOf: [x] } } }), `13:14: ${self}`],
  ["anyOf of itself", withOption(x, { $defs: { x: { anyOf: [{ type: "string" }, x] } } }), `16:14: ${self}`],
  ["not of itself", withOption(x, { $defs: { x: { not: x } } }), `12:13: ${self}`],
  [
    "two that are each other",
    withOption(x, { $defs: { x: { allOf: [{ $ref: "#/$defs/y" }] }, y: { allOf: [x] } } }),
    `20:14: ${self}`,
  ],
  ["the whole schema in itself", '{"type":"object","allOf":[{"$ref":"#"}]}', `1:35: ${self}`],
  [
    "a default that brings itself",
    withOption(x, { $defs: { x: { ...empty, properties: { more: { default: {}, ...x } } } } }),
    "15:17: this default brings itself again, without end",
  ],
  [
    "a reference elsewhere",
    withOption({ $ref: "https://json.example/x.json" }),
    "6:12: https://json.example/x.json is elsewhere, and nothing is fetched",
  ],
  ["a file of the machine", withOption({ $ref: "file:///etc/passwd" }), "6:12: file:///etc/passwd is elsewhere"],
  ["a reference to nothing", withOption(x, { $defs: { xx: {} } }), "6:12: there is no #/$defs/x"],
  ["a dynamic reference", withOption({ $dynamicRef: "#n" }), "5:8: $dynamicRef is not supported; write $ref"],
  [
    "a pattern that is none",
    withOption({ type: "string", pattern: "([" }),
    "7:15: the pattern ([ cannot be used: unterminated character class",
  ],
  [
    "a pattern of another language",
    withOption({ type: "string", pattern: "(?i)a" }),
    "7:15: the pattern (?i)a cannot be used: invalid group",
  ],
  [
    "a pattern with back references",
    withOption({ type: "string", pattern: "^(a+)\\1$" }),
    `7:15: the pattern ^(a+)\\1$ cannot be used: ${slow}`,
  ],
  [
    "look-ahead in what repeats",
    withOption({ type: "string", pattern: "^((?!b)a+)+$" }),
    `7:15: the pattern ^((?!b)a+)+$ cannot be used: ${slow}`,
  ],
  [
    "a pattern of names that is none",
    withOption({ type: "object", patternProperties: { "[": {} } }),
    "8:10: the pattern [ cannot be used",
  ],
  ["a choice of nothing", withOption({ enum: [] }), "6:12: enum offers nothing"],
  [
    "a schema of 1500 levels",
    JSON.stringify(nested(1500)),
    "1:1: more than 200 maps and lists stand inside each other",
  ],
  ["a key twice", '{"type":"object","properties":{"a":{"type":"string"},\n"a":{}}}', "2:1: map keys must be unique"],
  [
    "a property __proto__",
    '{"type":"object","properties":{"__proto__":{"type":"string"}}}',
    "1:44: a property cannot be called __proto__",
  ],
  [
    "keywords of draft 4",
    withOption({ type: "integer", exclusiveMinimum: true }),
    "7:24: properties.a.exclusiveMinimum must be number",
  ],
  ["items as a list", withOption({ type: "array", items: [{}] }), "7:13: properties.a.items must be object,boolean"],
])("%s is refused", async (_, schema, fault) => {
  await expect(loadModule(filesWith(schema), { label: "m" })).rejects.toThrow(`m/values.schema.json:${fault}`);
});

/** What its author is told beyond that. */
test.each<[title: string, schema: string, fault: string]>([
  [
    "a default of a definition",
    withOption(x, { $defs: { x: { ...empty, default: {} } } }),
    "the default of x is never filled in",
  ],
  [
    "an unknown keyword",
    withOption({ type: "string", nullable: true }),
    "7:16: nullable is no keyword of JSON Schema 2020-12",
  ],
  [
    "an unknown format",
    withOption({ type: "string", format: "host-name" }),
    "7:14: the format host-name is not known; known are",
  ],
  [
    "a name that is required and unknown",
    withOption({ type: "string" }, { required: ["b"] }),
    "10:3: b is required, but no property can be called so; ",
  ],
  [
    "a keyword of another type",
    withOption({ type: "integer", maxLength: 1 }),
    '5:8: the schema is not strict: missing type "string" for keyword "maxLength"',
  ],
])("an author is told of %s", async (_, schema, fault) => {
  const { faults } = await vetModule(filesWith(schema), { label: "m" });
  expect(faults.map(({ message }) => message).join("\n")).toContain(fault);
});

test.each<[title: string, schema: string]>([
  [
    "lists of itself",
    withOption(x, { $defs: { x: { ...empty, properties: { more: { type: "array", default: [], items: x } } } } }),
  ],
  ["a default that ends", withOption({ ...empty, default: {}, properties: { b: { ...empty, default: {} } } })],
  [
    "conditions",
    withOption(
      { type: "string" },
      parsed('{"if":{"required":["a"]},"then":{"required":["a"]},"else":{"properties":{"a":false}}}'),
    ),
  ],
  ["tuples", withOption({ type: "array", prefixItems: [{ type: "string" }], items: false })],
  [
    "parts that are closed together",
    withOption({ type: "object", allOf: [{ properties: { b: {} } }], unevaluatedProperties: false }),
  ],
])("%s are all right", async (_, schema) => {
  expect((await vetModule(filesWith(schema), { label: "m" })).faults).toEqual([]);
});

const evil = `${"a".repeat(64)}!`;

test.each<[title: string, schema: string, values: JsonValue, faults: string[]]>([
  [
    "a text that a slow pattern would take for ever",
    withOption({ type: "string", pattern: "^(a+)+$" }),
    { a: evil },
    [`values.a: "${evil.slice(0, 59)}… does not match ^(a+)+$`],
  ],
  [
    "a name that a slow pattern would take for ever",
    JSON.stringify({
      type: "object",
      patternProperties: { "^(a|aa)+$": { type: "string" } },
      additionalProperties: false,
    }),
    { [evil]: "" },
    [`values."${evil}": unknown field; no fields are known here`],
  ],
  [
    "what has no place",
    withOption({ type: "string" }, parsed('{"if":{"required":["a"]},"then":{"properties":{"a":false}}}')),
    { a: "x" },
    ["values.a: has no place here"],
  ],
  [
    "a default of the wrong type",
    withOption({ type: "string", default: 5 }),
    {},
    ["values.a: expected a string, found 5"],
  ],
  [
    "one of many choices",
    withOption({ enum: Array.from({ length: 50 }, (_, i) => i) }),
    { a: 99 },
    [`values.a: 99 is not one of ${Array.from({ length: 30 }, (_, i) => i).join(", ")} and 20 more`],
  ],
  [
    "none of the constants of several forms",
    withOption({
      oneOf: [
        { type: "object", properties: { k: { const: "a" } } },
        { type: "object", properties: { k: { const: "b" } } },
      ],
    }),
    { a: { k: "c" } },
    ['values.a.k: "c" is not one of "a", "b"'],
  ],
])("%s is told", async (_, schema, values, faults) => {
  const module = await loadModule(filesWith(schema), { label: "m" });
  const found = (await module.values(locate(values), { path: ["values"], pos: bundlePos })).faults;
  expect(found.map(({ message }) => message.replace(/^\S+: /, ""))).toEqual(faults);
});

test("a value that is deeper than what can be checked is an error of its own", async () => {
  const schema = withOption(x, { $defs: { x: { ...empty, properties: { a: x } } } });
  const module = await loadModule(filesWith(schema), { label: "m" });
  const pos = bundlePos;
  let value: ReturnType<typeof locate> = { kind: "struct", fields: new Map(), pos };
  for (let i = 0; i < 4000; i++) value = { kind: "struct", fields: new Map([["a", { keyPos: pos, value }]]), pos };
  await expect(module.values(value, { path: ["values"], pos })).rejects.toThrow(
    "values: the value is too deep to be checked",
  );
});
