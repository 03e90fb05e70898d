import { describe, expect, test } from "vitest";
import { loadModule, vetModule } from "../../../src/engine/module/index.js";
import type { KubeObject } from "../../../src/engine/object/index.js";
import { podinfoWith } from "./module-files.js";

async function renderWith(patches: string): Promise<KubeObject[]> {
  const module = await loadModule(podinfoWith({ "patches.yaml": patches }), { label: "podinfo" });
  return module.render({
    values: { url: "https://a", replicas: 3, image: { tag: "1" }, labels: { team: "x" } },
    instance: { name: "web", namespace: "apps" },
    bundle: { name: "b" },
    kube: { version: "1.31.0" },
  });
}

test("patches.yaml changes what the templates made, common metadata included", async () => {
  const objects = await renderWith(`patches:
  - target: { kind: Deployment, labelSelector: "team=x" }
    patch:
      metadata: { labels: { team: null } }
      spec: { template: { spec: { containers: [{ name: app, image: "own:{{values.image.tag}}" }] } } }
  - target: { kind: Deployment }
    patch: [{ op: remove, path: /spec/template/spec/initContainers }]
  {{#if values.replicas}}
  - target: { kind: CustomResourceDefinition }
    patch: { $patch: delete }
  {{/if}}
`);
  expect(objects.map(({ kind }) => kind)).toEqual(["Deployment"]);
  expect(objects[0]?.metadata.labels).not.toHaveProperty("team");
  expect(objects[0]?.spec).toEqual({
    replicas: 3,
    selector: { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] },
    template: { spec: { containers: [{ name: "app", image: "own:1", args: ["--url=https://a"] }] } },
  });
});

test("an empty list of patches changes nothing", async () => {
  expect(await renderWith("patches: []\n")).toEqual(await renderWith("{{#if values.none}}\na: 1\n{{/if}}\n"));
});

describe("what a patch cannot do is told at patches.yaml", () => {
  test.each([
    ["patches: [{ target: { kind: Job }, patch: {} }]", "podinfo/patches.yaml:1:1: patch 0: selects no object"],
    ["patches: [{ target: { kind: 1 }, patch: {} }]", 'target.kind must be a string; write it in quotes: "{{…}}"'],
    ["patches: [{ patch: text }]", "patch 0: patch must be an object or a list of operations"],
    ["patches: {}", "patches.yaml must be a map with a list of patches"],
    ["patch: []", "patches.yaml must be a map with a list of patches"],
    [
      "patches: [{ target: { kind: Deployment }, patch: [{ op: remove, path: /metadata/name }] }]",
      "a patch makes what is no object: Deployment: metadata.name is missing",
    ],
    [
      `patches: [{ target: { kind: Deployment }, patch: [{ op: replace, path: "", value: {} }] }]`,
      "a patch makes what is no object: apiVersion is missing or wrong",
    ],
  ])("%s", async (patches, message) => {
    await expect(renderWith(patches)).rejects.toThrow(message);
  });

  test("also two objects of one name", async () => {
    const rename =
      "patches: [{ target: { kind: D.* }, patch: [{ op: replace, path: /metadata/name, value: pages.example.com }, { op: replace, path: /kind, value: CustomResourceDefinition }, { op: replace, path: /apiVersion, value: apiextensions.k8s.io/v1 }, { op: remove, path: /metadata/namespace }] }]";
    await expect(renderWith(rename)).rejects.toThrow("is rendered twice");
  });
});

test("mod vet warns of values in patches.yaml that the schema does not know", async () => {
  const files = podinfoWith({ "patches.yaml": "patches: {{default values.patchse (list)}}\n" });
  const { warnings } = await vetModule(files, { label: "podinfo" });
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining("podinfo/patches.yaml:1:10: values.patchse is not in values.schema.json"),
  ]);
});
