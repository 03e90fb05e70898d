import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/engine/json/index.js";
import {
  loadModule,
  Module,
  moduleCompiler,
  moduleFromCompiled,
  type RenderInput,
} from "../../../src/engine/module/index.js";
import { bundlePos, filesOf, locate, podinfo, podinfoWith } from "./module-files.js";

const place = { path: ["instances", "web", "values"], pos: bundlePos };

function inputOf(values: JsonObject): RenderInput {
  return { values, instance: { name: "web", namespace: "apps" }, bundle: { name: "b" }, kube: { version: "1.31.0" } };
}

async function renderWith(module: Module, value: JsonValue) {
  const { values, faults } = await module.values(locate(value), place);
  expect(faults).toEqual([]);
  return module.render(inputOf(values));
}

describe("Module.values()", () => {
  test("fills in the defaults, and leaves an optional object that is absent away", async () => {
    const module = await loadModule(filesOf(podinfo));
    const located = locate({ url: "https://a" });
    const before = structuredClone(located);
    const { values, faults } = await module.values(located, place);
    expect(faults).toEqual([]);
    expect(values).toEqual({ url: "https://a", replicas: 1, image: { tag: "6.0.0" }, labels: {} });
    expect(located).toEqual(before);
    const withTls = await module.values(locate({ url: "https://a", tls: {} }), place);
    expect(withTls.values.tls).toEqual({ mode: "strict" });
  });

  test("reports all faults at once, at their places", async () => {
    const module = await loadModule(filesOf(podinfo));
    const { faults } = await module.values(locate({ replcias: 1, replicas: "x", image: { tag: "a b" } }), place);
    expect(faults.map(({ message }) => message).sort()).toEqual([
      "bundle.cue:1:5: instances.web.values.url: required value is missing: the HTTPS address of the page",
      "bundle.cue:2:1: instances.web.values.replcias: unknown field; did you mean replicas?",
      'bundle.cue:3:5: instances.web.values.replicas: expected an integer, found the string "x"',
      'bundle.cue:5:5: instances.web.values.image.tag: "a b" is no image tag; write for example v1.2.3',
    ]);
  });

  test("never shows a secret", async () => {
    const module = await loadModule(filesOf(podinfo));
    const { faults } = await module.values(locate({ url: "s3cr3t", replicas: "s3cr3t" }, true), place);
    expect(faults).not.toEqual([]);
    for (const { message } of faults) expect(message).not.toContain("s3cr3t");
  });

  test("without values says what is missing at the instance", async () => {
    const module = await loadModule(filesOf(podinfo));
    const { faults } = await module.values(undefined, place);
    expect(faults.map(({ message }) => message)).toEqual([
      "bundle.cue:1:1: instances.web.values.url: required value is missing: the HTTPS address of the page",
    ]);
  });
});

describe("Module.render()", () => {
  test("gives the objects in apply order, with common metadata and their own above it", async () => {
    const module = await loadModule(filesOf(podinfo), { version: "1.2.3" });
    const objects = await renderWith(module, { url: "https://a", tls: {}, labels: { team: "x" } });
    const common = { "app.kubernetes.io/name": "web", "app.kubernetes.io/version": "1.2.3", team: "x" };
    expect(objects).toEqual([
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "pages.example.com", annotations: { own: "yes" }, labels: common },
        spec: { group: "example.com", names: { kind: "Page", plural: "pages" }, scope: "Cluster", versions: [] },
      },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "web-tls", namespace: "apps", labels: common },
        data: { mode: "strict" },
      },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", namespace: "apps", labels: { ...common, "app.kubernetes.io/name": "own" } },
        spec: {
          replicas: 1,
          selector: { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] },
          template: {
            spec: {
              initContainers: [{ name: "init", image: "busybox:1" }],
              containers: [{ name: "app", image: "ghcr.io/stefanprodan/podinfo:6.0.0", args: ["--url=https://a"] }],
            },
          },
        },
      },
    ]);
    expect(module.images(objects)).toEqual(["busybox:1", "ghcr.io/stefanprodan/podinfo:6.0.0"]);
    expect(module.sets(objects)?.map(({ name, objects }) => [name, objects.map(({ kind }) => kind)])).toEqual([
      ["definitions", ["CustomResourceDefinition"]],
      ["workloads", ["Deployment"]],
      ["", ["ConfigMap"]],
    ]);
  });

  test("gives the same from the compiled form, as JSON text", async () => {
    const direct = await loadModule(filesOf(podinfo), { version: "1.2.3" });
    const opened = moduleCompiler.open(await moduleCompiler.compile(filesOf(podinfo), ""), { version: "1.2.3" });
    const value = { url: "https://a" };
    expect(await renderWith(opened, value)).toEqual(await renderWith(direct, value));
    expect(opened.manifest).toEqual(direct.manifest);
    expect(opened.readme).toBe(podinfo["README.md"]);
  });

  test("renders objects that are new each time", async () => {
    const module = await loadModule(filesOf(podinfo));
    const [, first] = await renderWith(module, { url: "https://a" });
    const [, second] = await renderWith(module, { url: "https://a" });
    expect(first).toEqual(second);
    expect(first?.spec).not.toBe(second?.spec);
    expect(first?.metadata).not.toBe(second?.metadata);
  });

  const object = (metadata: string, rest = "") => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n${metadata}\n${rest}`;
  test.each<{ title: string; template: string; message: string }>([
    {
      title: "a list",
      template: "- {{values.url}}",
      message: "podinfo/templates/app.yaml:1:1: a document must be an object with apiVersion, kind and metadata.name",
    },
    {
      title: "no apiVersion",
      template: "kind: {{values.url}}\n",
      message:
        "podinfo/templates/app.yaml:1:1: apiVersion is missing or wrong; write v1 or GROUP/VERSION such as apps/v1",
    },
    {
      title: "no kind",
      template: "apiVersion: v1\n",
      message: "podinfo/templates/app.yaml:1:1: kind is missing or wrong; write for example Deployment",
    },
    {
      title: "no name",
      template: object("  namespace: {{instance.namespace}}"),
      message: "podinfo/templates/app.yaml:1:1: ConfigMap: metadata.name is missing or no string",
    },
    {
      title: "a bad name",
      template: object("  name: {{values.url}}"),
      message:
        'podinfo/templates/app.yaml:1:1: ConfigMap: metadata.name is not a valid name; it must be lower-case letters, digits, "-" and ".", at most 253',
    },
    {
      title: "a bad namespace",
      template: object("  name: a\n  namespace: {{values.url}}"),
      message:
        'podinfo/templates/app.yaml:1:1: ConfigMap: metadata.namespace is not a valid name; it must be lower-case letters, digits and "-", at most 63',
    },
    {
      title: "a label that is no string",
      template: object("  name: a\n  labels:\n    b: {{values.replicas}}"),
      message:
        'podinfo/templates/app.yaml:1:1: ConfigMap: metadata.labels.b must be a string; write it in quotes: "{{…}}"',
    },
    {
      title: "a List",
      template: "apiVersion: v1\nkind: ConfigMapList\nitems: [{{values.url}}]\n",
      message:
        "podinfo/templates/app.yaml:1:1: ConfigMapList: write its items as documents of their own, with --- between them",
    },
    {
      title: "an object of no namespace twice, once with one",
      template: ["a", "a\n  namespace: b"]
        .map((name) => `apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata:\n  name: ${name}\n`)
        .join("---\n"),
      message:
        "podinfo/templates/app.yaml:6:1: PriorityClass/a is rendered twice, also at podinfo/templates/app.yaml:1; give one another name",
    },
    {
      title: "an object twice",
      template: `${object("  name: a\n  namespace: b")}---\n${object("  name: a\n  namespace: b")}`,
      message:
        "podinfo/templates/app.yaml:7:1: ConfigMap/b/a is rendered twice, also at podinfo/templates/app.yaml:1; give one another name",
    },
    {
      title: "an undefined value",
      template: object("  name: {{instance.nmae}}"),
      message: "podinfo/templates/app.yaml:4:9: instance.nmae is undefined; did you mean name?",
    },
  ])("refuses $title", async ({ template, message }) => {
    const module = await loadModule(
      podinfoWith({ "templates/app.yaml": template, "values.schema.json": podinfo["values.schema.json"] }),
    );
    const { values } = await module.values(locate({ url: "https://a" }), place);
    expect(() => module.render(inputOf(values))).toThrow(expect.objectContaining({ message }));
  });

  test.each([
    { metadata: "- 1", message: "podinfo/metadata.yaml:1:1: metadata.yaml must be a map with labels and annotations" },
    {
      metadata: "label: {a: b}",
      message: "podinfo/metadata.yaml:1:1: metadata.yaml has labels and annotations, but not label",
    },
    { metadata: "labels: [a]", message: "podinfo/metadata.yaml:1:1: labels must be a map of strings" },
    {
      metadata: "annotations: {a: {{values.replicas}}}",
      message: 'podinfo/metadata.yaml:1:1: annotations.a must be a string; write it in quotes: "{{…}}"',
    },
  ])("refuses the common metadata $metadata", async ({ metadata, message }) => {
    const module = await loadModule(podinfoWith({ "metadata.yaml": metadata }));
    const { values } = await module.values(locate({ url: "https://a" }), place);
    expect(() => module.render(inputOf(values))).toThrow(expect.objectContaining({ message }));
  });

  test("takes names of RBAC objects that are path segments", async () => {
    const role =
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: system:{{instance.name}}\n";
    const module = await loadModule(podinfoWith({ "templates/app.yaml": role, "crds/pages.json": undefined }));
    const objects = await renderWith(module, { url: "https://a" });
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(["system:web"]);
  });

  test("reports the faults of several templates together", async () => {
    const module = await loadModule(
      podinfoWith({ "templates/a.yaml": "a: {{values.x}}", "templates/b.yaml": "b: {{values.y}}" }),
    );
    const { values } = await module.values(locate({ url: "https://a" }), place);
    expect(() => module.render(inputOf(values))).toThrow(/a.yaml:1:4: .*b.yaml:1:4: /s);
  });
});

describe("versions", () => {
  test("a module says on which Kubernetes it runs", async () => {
    const module = await loadModule(filesOf(podinfo));
    await module.checkKubeVersion("v1.31.2+k3s1");
    await module.checkKubeVersion("1.28.0-alpha.1");
    await expect(module.checkKubeVersion("1.27.9")).rejects.toMatchObject({
      code: "kube-version",
      message: "the module podinfo 0.0.0-devel runs on Kubernetes >=1.28.0-0, but the target is 1.27.9",
    });
  });

  test("a range may be written as Helm does", async () => {
    const text = podinfo["module.yaml"]?.replace(">=1.28.0-0", ">=1.28.0, <1.30.0");
    const module = await loadModule(podinfoWith({ "module.yaml": text }));
    await module.checkKubeVersion("1.29.1");
    await expect(module.checkKubeVersion("1.30.0")).rejects.toMatchObject({ code: "kube-version" });
  });

  test("a compiled form of another version of sheaf is refused", async () => {
    const compiled = JSON.parse(await moduleCompiler.compile(filesOf(podinfo), ""));
    expect(moduleFromCompiled(compiled)).toBeInstanceOf(Module);
    expect(() => moduleFromCompiled({ ...compiled, format: "old" })).toThrow(/has the format old/);
  });
});
