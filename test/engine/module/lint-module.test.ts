import { expect, test } from "vitest";
import { vetModule } from "../../../src/engine/module/index.js";
import { filesOf } from "./module-files.js";

const configMap = (data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{instance.name}}\n  labels:\n    app.kubernetes.io/name: {{instance.name}}\ndata:\n${data}`;
const pod = (image: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{instance.name}}\n  labels:\n    app.kubernetes.io/name: {{instance.name}}\nspec:\n  containers:\n    - name: app\n      image: ${image}\n`;

/** Warnings about a module of one template and some options. */
async function warningsOf(template: string, properties: object = {}, $defs: object = {}): Promise<string[]> {
  const schema = { type: "object", additionalProperties: false, properties, $defs };
  const files = filesOf({
    "module.yaml": "apiVersion: sheaf/v1\nkind: Module\nname: app\ndescription: A test.\n",
    "values.schema.json": JSON.stringify(schema),
    "templates/app.yaml": template,
  });
  const { faults, warnings } = await vetModule(files, { label: "app" });
  expect(faults).toEqual([]);
  return warnings.map(({ message }) => message);
}

const text = { type: "string", default: "x", description: "A text." };
const mode = { enum: ["a", "b"], default: "a", description: "A choice." };
const nested = { type: "object", additionalProperties: false, default: {}, properties: { inner: text } };

test.each<[title: string, template: string, properties?: object]>([
  ["an option that is used", configMap("  a: {{values.a}}\n"), { a: text }],
  ["an option that is used with all around it", configMap("  a: {{json values.o}}\n"), { o: nested }],
  [
    "an option that is used in its object",
    configMap("  {{#with values.o as |o|}}\n  a: {{o.inner}}\n  {{/with}}\n"),
    { o: nested },
  ],
  ["an option that decides", configMap('  {{#if (eq values.m "b")}}\n  a: b\n  {{/if}}\n'), { m: mode }],
  ["an image with a tag", pod("registry.local:5000/app:1.2")],
  ["an image with a digest", pod(`app@sha256:${"0".repeat(64)}`)],
])("nothing is said of %s", async (_, template, properties) => {
  expect(await warningsOf(template, properties)).toEqual([]);
});

test.each<[template: string, properties: object, warning: string]>([
  [
    configMap("  a: b\n"),
    { a: text },
    "app/values.schema.json:1:65: no template uses values.a; use it, or take the option away",
  ],
  [
    configMap("  {{#if values.o}}\n  a: b\n  {{/if}}\n"),
    { o: nested },
    "app/values.schema.json:1:146: no template uses values.o.inner; use it, or take the option away",
  ],
  [
    configMap("  a: {{values.a}}\n"),
    { a: { type: "string", default: "x" } },
    "app/values.schema.json:1:65: values.a has no description; say in one line what it does",
  ],
  [
    configMap('  {{#if (eq values.m "c")}}\n  a: b\n  {{/if}}\n'),
    { m: mode },
    'app/templates/app.yaml:8:3: values.m is never "c": the schema allows "a", "b"',
  ],
  [
    configMap('  a: {{if (eq values.b "true") "x" "y"}}\n'),
    { b: { type: "boolean", default: false, description: "A switch." } },
    'app/templates/app.yaml:8:6: values.b is never "true": the schema allows true, false',
  ],
  [
    pod("nginx"),
    {},
    "app/templates/app.yaml:7:1: Pod/app: the image nginx has neither tag nor digest, so that its content changes; name a version",
  ],
  [
    pod("registry.local:5000/app"),
    {},
    "app/templates/app.yaml:7:1: Pod/app: the image registry.local:5000/app has neither tag nor digest, so that its content changes; name a version",
  ],
  [
    pod("nginx:latest"),
    {},
    "app/templates/app.yaml:7:1: Pod/app: the image nginx:latest has the tag latest, so that its content changes; name a version",
  ],
  [
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n",
    {},
    "app/templates/app.yaml:1:1: ConfigMap/a has no label app.kubernetes.io/name; add it to labels in metadata.yaml",
  ],
])("%j", async (template, properties, warning) => {
  expect(await warningsOf(template, properties)).toEqual([warning]);
});

test("an option that has itself among its own is one as a whole", async () => {
  const next = { $ref: "#/$defs/tree", description: "The next one." };
  const tree = { type: "object", additionalProperties: false, properties: { next, leaf: text } };
  const properties = { tree: { $ref: "#/$defs/tree" } };
  const used = configMap("  {{#if values.tree}}\n  a: {{values.tree.leaf}}\n  {{/if}}\n");
  const warnings = await warningsOf(used, properties, { tree });
  expect(warnings).toEqual([expect.stringMatching(/: no template uses values\.tree\.next;/)]);
});
