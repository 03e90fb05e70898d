import { expect, test } from "vitest";
import { listOptions, loadModule, vetModule } from "../../../src/engine/module/index.js";
import { bundlePos, filesOf, locate } from "./module-files.js";

const filesWith = (files: Readonly<Record<string, unknown>>) =>
  filesOf({
    "module.yaml": "apiVersion: sheaf/v1\nkind: Module\nname: x\ndescription: A test.\n",
    "metadata.yaml": "labels:\n  app.kubernetes.io/name: {{instance.name}}\n",
    "templates/a.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\ndata:\n  a: {{json values}}\n",
    ...Object.fromEntries(
      Object.entries(files).map(([path, file]) => [
        path,
        typeof file === "string" ? file : JSON.stringify(file, null, 1),
      ]),
    ),
  });
const schemaOf = (properties: object, rest = {}) => ({
  type: "object",
  additionalProperties: false,
  properties,
  ...rest,
});

const shared = {
  $defs: {
    minutes: { type: "integer", minimum: 1, default: 5, description: "Minutes." },
    sync: schemaOf(
      { interval: { $ref: "#/$defs/minutes" }, path: { $ref: "paths.json#/$defs/path" } },
      { default: {} },
    ),
    loop: { type: "object", properties: { more: { $ref: "#/$defs/loop" } } },
  },
};
const paths = { $defs: { path: { type: "string", pattern: "^\\./", default: "./", description: "A path." } } };
const files = (properties: object) => ({
  "values.schema.json": schemaOf(properties),
  "schemas/shared.json": shared,
  "schemas/paths.json": paths,
});

test("what a file has stands in the place of the reference, with its defaults, and what is said beside it wins", async () => {
  const found = files({
    sync: { $ref: "schemas/shared.json#/$defs/sync" },
    wait: { $ref: "schemas/shared.json#/$defs/minutes", default: 7, description: "How long." },
  });
  const { module, faults, warnings } = await vetModule(filesWith(found), { label: "m" });
  expect([...faults, ...warnings].map(({ message }) => message)).toEqual([]);
  expect(module?.schema.properties).toEqual({
    sync: schemaOf({ interval: shared.$defs.minutes, path: paths.$defs.path }, { default: {} }),
    wait: { type: "integer", minimum: 1, default: 7, description: "How long." },
  });
  expect(listOptions(module?.schema ?? {}).map(({ path, default: preset }) => [path, preset])).toEqual([
    ["sync.interval", 5],
    ["sync.path", "./"],
    ["wait", 7],
  ]);
  const checked = await module?.values(locate({ sync: { path: "/etc" } }), { path: ["values"], pos: bundlePos });
  expect(checked?.faults.map(({ message }) => message)).toEqual([
    'bundle.cue:3:5: values.sync.path: "/etc" does not match ^\\./ (A path.)',
  ]);
});

test("the schema of a module inside is one of the files", async () => {
  const inner = {
    "modules/in/module.yaml": "apiVersion: sheaf/v1\nkind: Module\nname: in\ndescription: A test.\n",
    "modules/in/values.schema.json": schemaOf({ size: { type: "integer", default: 1, description: "S." } }),
    "modules/in/templates/a.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}-in\ndata:\n  a: '{{values.size}}'\n",
    "module.yaml":
      "apiVersion: sheaf/v1\nkind: Module\nname: x\ndescription: A test.\nmodules:\n  in: { url: file://../in }\n",
    "instances.yaml": "instances:\n  - module: in\n    values: { size: {{values.size}} }\n",
    "values.schema.json": schemaOf({ size: { $ref: "modules/in/values.schema.json#/properties/size" } }),
  };
  const module = await loadModule(filesWith(inner));
  expect(module.schema.properties).toEqual({ size: { type: "integer", default: 1, description: "S." } });
});

test.each<[title: string, properties: object, fault: string]>([
  [
    "a file that is not there",
    { a: { $ref: "schemas/other.json" } },
    "m/values.schema.json:6:12: the module has no schemas/other.json; files from beside its folder are named in include",
  ],
  [
    "a place that is not there",
    { a: { $ref: "schemas/shared.json#/$defs/no" } },
    "m/values.schema.json:6:12: schemas/shared.json has no schema at #/$defs/no",
  ],
  [
    "a file elsewhere",
    { a: { $ref: "../other/values.schema.json" } },
    "m/values.schema.json:6:12: the module has no ../other/values.schema.json",
  ],
  [
    "a definition with itself inside",
    { a: { $ref: "schemas/shared.json#/$defs/loop" } },
    "m/schemas/shared.json:26:14: schemas/shared.json#/$defs/loop leads back to itself; write it into $defs of values.schema.json",
  ],
  [
    "rules beside a reference",
    { a: { $ref: "schemas/shared.json#/$defs/minutes", maximum: 9 } },
    "m/values.schema.json:6:12: beside a $ref to a file stand title, description, default, examples, but not maximum",
  ],
])("%s is refused", async (_, properties, fault) => {
  await expect(loadModule(filesWith(files(properties)), { label: "m" })).rejects.toThrow(fault);
});

test("a fault in a shared file has its place there", async () => {
  const broken = {
    ...files({ a: { $ref: "schemas/shared.json#/$defs/a" } }),
    "schemas/shared.json": '{ "$defs": {\n "a": { "type": "text" } } }',
  };
  await expect(loadModule(filesWith(broken), { label: "m" })).rejects.toThrow(
    "m/schemas/shared.json:2:17: properties.a.type must be",
  );
});

test("a reference in data is data", async () => {
  const data = files({ a: { type: "object", default: { $ref: "x.json" }, description: "A." } });
  expect((await loadModule(filesWith(data))).schema.properties).toEqual({
    a: { type: "object", default: { $ref: "x.json" }, description: "A." },
  });
});

test("references that multiply are bounded", async () => {
  const $defs = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [
      `d${i}`,
      schemaOf({ a: { $ref: `#/$defs/d${i + 1}` }, b: { $ref: `#/$defs/d${i + 1}` } }),
    ]),
  );
  const found = {
    ...files({ a: { $ref: "schemas/shared.json#/$defs/d0" } }),
    "schemas/shared.json": { $defs: { ...$defs, d40: {} } },
  };
  await expect(loadModule(filesWith(found), { label: "m" })).rejects.toThrow("the schema has more than 100000 parts");
});
