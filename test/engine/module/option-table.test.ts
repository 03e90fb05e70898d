import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/engine/json/index.js";
import { listOptions, optionTable, updateReadme } from "../../../src/engine/module/index.js";
import { podinfo } from "./module-files.js";

const schema: JsonObject = {
  type: "object",
  required: ["url", "git", "named"],
  properties: {
    url: { type: "string", format: "url", description: "Where it is,\n`a|b`." },
    git: {
      type: "object",
      required: ["path"],
      properties: { path: { type: "string" }, ref: { type: "string", default: "main" } },
    },
    nested: {
      type: "object",
      default: {},
      properties: { deep: { type: "object", default: {}, properties: { on: { type: "boolean", default: true } } } },
    },
    optional: {
      type: "object",
      description: "May be absent.",
      required: ["a"],
      properties: { a: { type: "integer" } },
    },
    resources: { type: "object", default: { cpu: "1" }, properties: { cpu: { type: "string" } } },
    mode: { enum: ["a", 1], default: "a" },
    fixed: { const: true },
    list: {
      type: "array",
      items: { type: "object", required: ["kind"], properties: { kind: { type: "string" }, name: { type: "string" } } },
    },
    choices: { type: "array", items: { enum: ["x", "y"] } },
    env: { type: "object", additionalProperties: { type: "string" } },
    free: { type: "object" },
    patch: { type: ["object", "array"], items: { type: "object" } },
    either: { anyOf: [{ type: "string" }, { type: "integer" }, { type: "string" }] },
    any: {},
    ref: { $ref: "#/$defs/r", description: "By reference." },
    refs: { type: "array", items: { $ref: "#/$defs/r" } },
    named: { $ref: "#/$defs/name" },
    "odd.key": { type: "string" },
  },
  $defs: {
    r: { description: "Of the definition.", type: "object", properties: { p: { type: "string" } } },
    name: { type: "string", format: "dns-label" },
  },
};

test("listOptions() gives a line for every option", () => {
  const lines = listOptions(schema).map(({ path, type, required, default: preset, description }) =>
    [path, type, required ? "required" : JSON.stringify(preset), description].join(" · "),
  );
  expect(lines).toEqual([
    "url · string (url) · required · Where it is,\n`a|b`.",
    "git.path · string · required · ",
    'git.ref · string · "main" · ',
    "nested.deep.on · boolean · true · ",
    "optional · object ·  · May be absent.",
    "optional.a · integer · required · ",
    'resources · object · {"cpu":"1"} · ',
    "resources.cpu · string ·  · ",
    'mode · "a" or 1 · "a" · ',
    "fixed · true ·  · ",
    "list · list of {kind, name?} ·  · ",
    'choices · list of ("x" or "y") ·  · ',
    "env · map of string ·  · ",
    "free · object ·  · ",
    "patch · object or list of object ·  · ",
    "either · string or integer ·  · ",
    "any · any value ·  · ",
    "ref · object ·  · By reference.",
    "refs · list of {p?} ·  · ",
    "named · string (dns label) · required · ",
    '"odd.key" · string ·  · ',
  ]);
});

test("optionTable() writes cells of one line without bare pipes", () => {
  const [, , first] = optionTable(schema).split("\n");
  expect(first).toBe("| `url` | string (url) | required | Where it is, `a\\|b`. |");
});

test("updateReadme() replaces what stands between the markers, and nothing else", () => {
  const readme = `${podinfo["README.md"]}after\n`;
  const once = updateReadme(readme, { type: "object", properties: { a: { type: "string", default: "x" } } });
  expect(once).toBe(
    '# podinfo\n\n<!-- options:start -->\n| Option | Type | Default | Description |\n|---|---|---|---|\n| `a` | string | `"x"` |  |\n<!-- options:end -->\nafter\n',
  );
  expect(updateReadme(once, { type: "object", properties: { a: { type: "string", default: "x" } } })).toBe(once);
  expect(() => updateReadme("# no markers", schema)).toThrow(
    "README.md:1:1: README.md needs the lines <!-- options:start -->",
  );
});

test("a schema that refers to itself is described once", () => {
  const again = { $ref: "#/$defs/any" };
  const any = {
    anyOf: [{ type: "string" }, { type: "array", items: again }, { type: "object", additionalProperties: again }],
  };
  const tree = { type: "object", properties: { next: { $ref: "#/$defs/tree" } } };
  const properties = { any: again, tree: { $ref: "#/$defs/tree" }, trees: { items: again, type: "array" } };
  expect(listOptions({ properties, $defs: { any, tree } }).map(({ path, type }) => [path, type])).toEqual([
    ["any", "string or list of the same or map of the same"],
    ["tree", "object"],
    ["trees", "list of (string or list of the same or map of the same)"],
  ]);
});
