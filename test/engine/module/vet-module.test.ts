import { describe, expect, test } from "vitest";
import { describeModule, loadModule, vetModule } from "../../../src/engine/module/index.js";
import { filesIn, filesOf, podinfo, podinfoWith } from "./module-files.js";

const label = "mods/podinfo";

function schemaWith(properties: object, rest: object = {}): string {
  return JSON.stringify({ type: "object", additionalProperties: false, properties, ...rest });
}
const map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\n";

describe("vetModule()", () => {
  test("renders the examples of a sound module", async () => {
    const { module, objects, faults, warnings } = await vetModule(filesOf(podinfo), { label });
    expect([...faults, ...warnings].map(({ message }) => message)).toEqual([]);
    expect(module?.name).toBe("podinfo");
    expect(objects.map(({ kind }) => kind)).toEqual(["CustomResourceDefinition", "ConfigMap", "Deployment"]);
  });

  test.each<{ title: string; schema: string; template?: string; faults: (string | RegExp)[]; warnings?: string[] }>([
    {
      title: "an object that takes any key",
      schema: schemaWith({ a: { type: "object", default: {}, properties: { b: { type: "string" } } } }),
      faults: [/^mods\/podinfo\/values.schema.json:1:65: a takes any key; add "additionalProperties": false/],
    },
    {
      title: "no branch of an object that takes known keys only",
      schema: schemaWith(
        { a: { type: "string" }, b: { type: "string" } },
        { anyOf: [{ properties: { a: { const: "x" } } }, { if: { properties: { b: { const: "x" } } } }] },
      ),
      faults: [],
    },
    {
      title: "a default that the schema refuses",
      schema: schemaWith({ a: { type: "integer", default: "x" } }),
      faults: [/values.schema.json:1:93: the default of a is not valid: it must be integer/],
    },
    {
      title: "a default that lacks a required key",
      schema: schemaWith({
        a: {
          type: "object",
          additionalProperties: false,
          default: {},
          required: ["b"],
          properties: { b: { type: "string" } },
        },
      }),
      faults: [/the default of a is not valid: it must have required property 'b'/],
      warnings: [],
    },
    {
      title: "a format that does not exist",
      schema: schemaWith({ a: { type: "string", format: "qty" } }),
      faults: [/values.schema.json:1:91: the format qty is not known; known are quantity, /],
    },
    {
      title: "a keyword that does not exist",
      schema: schemaWith({ a: { type: "string", minLenght: 1 } }),
      faults: [/values.schema.json:1:94: minLenght is no keyword of JSON Schema 2020-12; did you mean minLength\?/],
    },
    {
      title: "an example that the schema refuses",
      schema: schemaWith({ a: { type: "integer" } }, { examples: [{ a: "x" }] }),
      faults: [/^mods\/podinfo\/values.schema.json:1:\d+: examples.0.a: expected an integer, found the string "x"/],
    },
    {
      title: "a template that fails with the defaults",
      schema: schemaWith({ a: { type: "string" } }),
      template: `${map}data:\n  a: {{values.a}}\n`,
      faults: [/^mods\/podinfo\/templates\/app.yaml:6:6: values.a is undefined/],
    },
    {
      title: "a template that fails with an example, once",
      schema: schemaWith({ a: { type: "string" } }, { examples: [{ a: "x" }, { a: "y" }] }),
      template: `${map}data:\n  {{#if values.a}}\n  a: {{instance.nam}}\n  {{/if}}\n`,
      faults: ["mods/podinfo/templates/app.yaml:7:6: instance.nam is undefined; did you mean name?"],
    },
  ])("finds $title", async ({ schema, template = map, faults }) => {
    const files = podinfoWith({
      "values.schema.json": schema,
      "templates/app.yaml": template,
      "metadata.yaml": undefined,
    });
    const found = (await vetModule(files, { label })).faults.map(({ message }) => message);
    for (const fault of faults) {
      if (typeof fault === "string") expect(found).toEqual([fault]);
      else
        expect(
          found.some((message) => fault.test(message)),
          `${found.join("\n")} has none like ${fault}`,
        ).toBe(true);
    }
  });

  test("says that nothing was rendered where the defaults are not enough", async () => {
    const schema = schemaWith({ a: { type: "string", description: "what it is" } }, { required: ["a"] });
    const { faults, warnings, objects } = await vetModule(
      podinfoWith({ "values.schema.json": schema, "templates/app.yaml": map, "metadata.yaml": undefined }),
      { label },
    );
    expect(faults).toEqual([]);
    expect(objects).toEqual([]);
    expect(warnings.filter(({ code }) => code === "no-sample").map(({ message }) => message)).toEqual([
      'mods/podinfo/values.schema.json:1:1: nothing was rendered, since the defaults alone are not enough (a: required value is missing: what it is); add "examples": [{…}] to the schema, with values to render',
    ]);
  });

  test("warns of paths that the schema does not know, which a test would take as false for ever", async () => {
    const schema = schemaWith(
      {
        tls: { type: "object", additionalProperties: false, properties: { mode: { type: "string" } } },
        hosts: {
          type: "array",
          default: [],
          items: { type: "object", additionalProperties: false, properties: { name: { type: "string" } } },
        },
        labels: { type: "object", default: {}, additionalProperties: { type: "string" } },
        any: { type: "object" },
        choice: { anyOf: [{ type: "object" }, { type: "string" }] },
        ref: { $ref: "#/$defs/r" },
      },
      { $defs: { r: { type: "object", additionalProperties: false, properties: { a: { type: "string" } } } } },
    );
    const template = `${map}data:
  {{#if values.tls.moed}}
  a: "1"
  {{/if}}
  {{#each values.hosts as |host|}}
  "{{host.name}}": {{optional host.nmae}}
  {{/each}}
  {{#if (or values.labels.foo values.any.foo values.choice.foo values.ref.a)}}
  b: {{default values.ref.b "x"}}
  {{/if}}
`;
    const { faults, warnings } = await vetModule(
      podinfoWith({ "values.schema.json": schema, "templates/app.yaml": template, "metadata.yaml": undefined }),
      { label },
    );
    expect(faults).toEqual([]);
    expect(warnings.filter(({ code }) => code === "unknown-value").map(({ message }) => message)).toEqual([
      "mods/podinfo/templates/app.yaml:6:3: values.tls.moed is not in values.schema.json; did you mean mode?",
      "mods/podinfo/templates/app.yaml:10:20: values.hosts.nmae is not in values.schema.json; did you mean name?",
      "mods/podinfo/templates/app.yaml:13:6: values.ref.b is not in values.schema.json",
    ]);
  });

  test("reports the faults of files and nothing else when they cannot be read", async () => {
    const { module, objects, faults } = await vetModule(podinfoWith({ "values.schema.json": "{" }), { label });
    expect(module).toBeUndefined();
    expect(objects).toEqual([]);
    expect(faults).toHaveLength(1);
  });
});

test("describeModule() tells what there is to know", async () => {
  const about = await describeModule(await loadModule(filesOf(podinfo), { version: "1.2.3" }));
  expect(about).toMatchObject({
    name: "podinfo",
    version: "1.2.3",
    description: "A small web application.",
    kubeVersion: ">=1.28.0-0",
    images: ["busybox:1", "ghcr.io/stefanprodan/podinfo:6.0.0"],
    objects: [
      "CustomResourceDefinition/pages.example.com",
      "ConfigMap/default/podinfo-tls",
      "Deployment/default/podinfo",
    ],
  });
  expect(about.options.map(({ path }) => path)).toEqual([
    "url",
    "replicas",
    "image.tag",
    "image.digest",
    "tls",
    "tls.mode",
    "labels",
  ]);
});

test("modules/flux-tenant vets clean", async () => {
  const { faults, warnings } = await vetModule(filesIn("modules/flux-tenant"));
  expect([...faults, ...warnings].map(({ message }) => message)).toEqual([]);
});
