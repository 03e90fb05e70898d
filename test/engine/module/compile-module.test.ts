import { describe, expect, test } from "vitest";
import { FaultsError } from "../../../src/engine/diagnostics/index.js";
import { compileModule } from "../../../src/engine/module/index.js";
import { filesOf, podinfo, podinfoWith } from "./module-files.js";

async function faultsOf(files: Parameters<typeof compileModule>[0]): Promise<string[]> {
  const error: unknown = await compileModule(files, "mods/podinfo").then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof FaultsError) return error.errors.map(({ message }) => message);
  return error instanceof Error ? [error.message] : [];
}

describe("compileModule()", () => {
  test("makes plain data", async () => {
    const compiled = await compileModule(filesOf(podinfo));
    expect(JSON.parse(JSON.stringify(compiled))).toEqual(compiled);
    expect(compiled.templates.map(({ file }) => file)).toEqual(["templates/app.yaml"]);
    expect(compiled.crds.map(({ kind }) => kind)).toEqual(["CustomResourceDefinition"]);
    expect(compiled.manifest.constants).toEqual({ image: "ghcr.io/stefanprodan/podinfo" });
    expect(compiled.manifest.healthChecks).toEqual([{ kind: "Certificate.cert-manager.io", ready: "Ready" }]);
  });

  test("reads definitions in YAML, several in a file", async () => {
    const crd = (name: string) =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: ${name}\n`;
    const { crds } = await compileModule(podinfoWith({ "crds/more.yaml": `${crd("a.b")}---\n${crd("c.d")}---\n` }));
    expect(crds.map(({ metadata }) => metadata.name)).toEqual(["a.b", "c.d", "pages.example.com"]);
  });

  test.each<{ title: string; changes: Record<string, string | undefined>; faults: (string | RegExp)[] }>([
    {
      title: "a missing schema",
      changes: { "values.schema.json": undefined },
      faults: ["mods/podinfo/values.schema.json:1:1: the module has no values.schema.json"],
    },
    {
      title: "a missing module.yaml",
      changes: { "module.yaml": undefined },
      faults: ["mods/podinfo/module.yaml:1:1: the module has no module.yaml"],
    },
    {
      title: "a CUE module",
      changes: { "module.yaml": undefined, "timoni.cue": "package main" },
      faults: [
        "mods/podinfo: this is a CUE module (it has timoni.cue and no module.yaml), which Timoni runs and sheaf does not",
      ],
    },
    {
      title: "a field that module.yaml has not",
      changes: { "module.yaml": `${podinfo["module.yaml"]}kubeVersoin: 1\n` },
      faults: ["mods/podinfo/module.yaml:16:1: kubeVersoin: unknown field; did you mean kubeVersion?"],
    },
    {
      title: "a wrong value in module.yaml",
      changes: {
        "module.yaml": "apiVersion: sheaf/v1\nkind: Module\nname: Pod Info\ndescription: x\nkubeVersion: newest\n",
      },
      faults: [
        'mods/podinfo/module.yaml:3:7: name: "Pod Info" is no dns label; write for example my-app',
        'mods/podinfo/module.yaml:5:14: kubeVersion: "newest" is no semver range; write for example >=1.0.0, 6.x or ~1.2',
      ],
    },
    {
      title: "health checks that are no expressions",
      changes: {
        "module.yaml": `${podinfo["module.yaml"]}  - kind: A\n    ready: obj.status.phase ==\n    failed: obj.status.phase == object.b\n  - {kind: B, ready: obj.status.ready}\n`,
      },
      faults: [
        /^mods\/podinfo\/module\.yaml:17:12: obj\.status\.phase ==, character \d+: /,
        /^mods\/podinfo\/module\.yaml:18:13: obj\.status\.phase == object\.b, character 21: .*object/,
      ],
    },
    {
      title: "YAML that is none",
      changes: { "module.yaml": "a: b: c" },
      faults: [/^mods\/podinfo\/module.yaml:1:4: nested mappings are not allowed/],
    },
    {
      title: "an empty module.yaml",
      changes: { "module.yaml": "# nothing\n" },
      faults: ["mods/podinfo/module.yaml:1:1: the file is empty"],
    },
    {
      title: "JSON that is none",
      changes: { "values.schema.json": '{\n  "type": "object",\n}' },
      faults: [/^mods\/podinfo\/values.schema.json:3:1: the file is not JSON/],
    },
    {
      title: "a schema that is no object",
      changes: { "values.schema.json": "[]" },
      faults: ["mods/podinfo/values.schema.json:1:1: the schema must be an object"],
    },
    {
      title: "a schema of no object",
      changes: { "values.schema.json": '{"type": "string"}' },
      faults: [/^mods\/podinfo\/values.schema.json:1:1: the schema of values must have "type": "object"/],
    },
    {
      title: "a schema of another draft",
      changes: { "values.schema.json": '{"$schema": "http://json-schema.org/draft-07/schema#",\n "type": "object"}' },
      faults: [
        /^mods\/podinfo\/values.schema.json:1:13: "\$schema" must be "https:\/\/json-schema.org\/draft\/2020-12\/schema"/,
      ],
    },
    {
      title: "a schema that is wrong inside",
      changes: { "values.schema.json": '{"type": "object", "properties": {\n  "a": {"type": "text"}}}' },
      faults: [/^mods\/podinfo\/values.schema.json:2:17: properties.a.type must be/],
    },
    {
      title: "a reference to nothing",
      changes: { "values.schema.json": '{"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}}}' },
      faults: ["mods/podinfo/values.schema.json:1:49: there is no #/$defs/x"],
    },
    {
      title: "a reference to itself",
      changes: {
        "values.schema.json":
          '{"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"$ref": "#/$defs/x"}}}',
      },
      faults: [/^mods\/podinfo\/values.schema.json:1:88: a \$ref leads back to itself, without going into a property/],
    },
    {
      title: "a template with faults",
      changes: { "templates/app.yaml": "a: {{foo 1}}\nb: {{> x y}}\n" },
      faults: [
        /^mods\/podinfo\/templates\/app.yaml:1:4: foo is not a helper/,
        /^mods\/podinfo\/templates\/app.yaml:2:4: a partial takes/,
      ],
    },
    {
      title: "partials that are not there, or do not fit",
      changes: {
        "templates/app.yaml": "a: {{> objec}}\nb: {{> object nmae=1}}\nc: {{> several}}\nd: {{args.x}}\n{{> many}}\n",
        "partials/object.yaml": "a: {{args.name}}\nb: {{optional args.more}}\n",
        "partials/several.yaml": "a: 1\n---\nb: 1\n",
        "partials/many.yaml": "- a\n",
      },
      faults: [
        "mods/podinfo/templates/app.yaml:1:4: there is no partials/objec.yaml; did you mean object?",
        "mods/podinfo/templates/app.yaml:2:4: the partial object reads no args.nmae; did you mean name?",
        "mods/podinfo/templates/app.yaml:2:4: the partial object needs name=…",
        "mods/podinfo/templates/app.yaml:3:4: the partial several makes 2 documents, so it can stand as a document of its own only",
        "mods/podinfo/templates/app.yaml:4:4: args.x is known in partials only; write values.x",
        "mods/podinfo/templates/app.yaml:5:1: the partial many makes no map, but stands among the entries of one; write key: {{> many}}",
      ],
    },
    {
      title: "partials that lead back to themselves",
      changes: { "partials/a.yaml": "x: {{> b}}\n", "partials/b.yaml": "y: {{> a}}\n" },
      faults: [
        "mods/podinfo/partials/a.yaml:1:4: the partial b leads back to itself",
        "mods/podinfo/partials/b.yaml:1:4: the partial a leads back to itself",
      ],
    },
    {
      title: "a partial whose name is none",
      changes: { "partials/a.b.yaml": "x: 1\n" },
      faults: [/^mods\/podinfo\/partials\/a.b.yaml:1:1: the name of a partial is letters/],
    },
    {
      title: "a module inside that is not packed",
      changes: { "module.yaml": `${podinfo["module.yaml"]}modules:\n  x: { url: file://../x }\n` },
      faults: [
        /^mods\/podinfo\/module.yaml:1:1: modules\/x is not there; |modules\/x is not there: a module is published/,
      ],
    },
    {
      title: "a definition that is no object",
      changes: { "crds/pages.json": '{"kind": "x"}' },
      faults: [/^mods\/podinfo\/crds\/pages.json:1:1: apiVersion is missing or wrong/],
    },
    {
      title: "a file that is no text",
      changes: {},
      faults: ["mods/podinfo/templates/app.yaml:1:1: the file is not UTF-8 text; save it as UTF-8"],
    },
    {
      title: "a module that would install nothing",
      changes: { "templates/app.yaml": undefined, "crds/pages.json": undefined },
      faults: [/would install nothing/],
    },
    {
      title: "faults of several files together",
      changes: { "module.yaml": "a: 1\n", "values.schema.json": "{", "templates/app.yaml": "{{> x}}" },
      faults: [
        /module.yaml:1:1: a: unknown field/,
        /apiVersion/,
        /kind/,
        /name/,
        /description/,
        /templates\/app.yaml:1:1: there is no partials\/x.yaml; the module has no partials/,
        /values.schema.json:1:2: the file is not JSON/,
      ],
    },
  ])("refuses $title", async ({ title, changes, faults }) => {
    const files = new Map(podinfoWith(changes));
    if (title === "a file that is no text") files.set("templates/app.yaml", new Uint8Array([0xff, 0xfe, 0x00]));
    const found = await faultsOf(files);
    expect(found).toHaveLength(faults.length);
    for (const fault of faults) {
      if (typeof fault === "string") expect(found).toContain(fault);
      else
        expect(
          found.some((message) => fault.test(message)),
          `${found.join("\n")} has none like ${fault}`,
        ).toBe(true);
    }
  });
});
