import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/engine/object/index.js";
import { type ObjectPatch, patchObjects } from "../../../src/engine/patch/index.js";

const service: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "apps", labels: { app: "web", "example.com/tier": "front" } },
  spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 1 }] },
};
const release: KubeObject = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", metadata: { name: "web" } };
const objects = [service, release];

test("a port is found by its number alone where the patch has no protocol, as the API server does", () => {
  const [patched] = patchObjects(objects, [
    { target: { kind: "Service" }, patch: { spec: { ports: [{ port: 80, targetPort: 2 }] } } },
  ]);
  expect(patched).toMatchObject({ spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 2 }] } });
});

test("patches go one after the other, and name, namespace and kind stay", () => {
  const patches: ObjectPatch[] = [
    { target: { kind: "HelmRelease" }, patch: { kind: "Other", metadata: { name: "other", labels: { step: "one" } } } },
    { target: { labelSelector: "step=one" }, patch: [{ op: "add", path: "/metadata/labels/done", value: "yes" }] },
  ];
  expect(patchObjects(objects, patches)).toEqual([
    service,
    { ...release, metadata: { name: "web", labels: { step: "one", done: "yes" } } },
  ]);
});

describe("selectors", () => {
  test.each<[string, boolean]>([
    ["app", true],
    ["!app", false],
    ["app=web", true],
    ["app==web, example.com/tier=front", true],
    ["app = api", false],
    ["app!=api", true],
    ["nope!=api", true],
    ["app in (api, web)", true],
    ["app notin (api, web)", false],
    ["nope notin (a)", true],
    ["constructor", false],
  ])("%s", (labelSelector, selected) => {
    const patch = { patch: { found: true }, target: { kind: "Service", labelSelector } };
    if (selected) expect(patchObjects(objects, [patch])[0]).toHaveProperty("found");
    else expect(() => patchObjects(objects, [patch])).toThrow("selects no object");
  });
});

test("a target is matched in linear time, as a whole", () => {
  const config: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a".repeat(200) } };
  expect(() => patchObjects([config], [{ patch: {}, target: { name: "(a+)+b" } }])).toThrow("selects no object");
  expect(() => patchObjects([config], [{ patch: {}, target: { name: "a|b" } }])).toThrow("selects no object");
  expect(patchObjects([config], [{ patch: {}, target: { name: "b|(a+)+" } }])).toEqual([config]);
});

test("what patches add to all objects is counted together", () => {
  const many = Array.from({ length: 80 }, (_, i): KubeObject => ({ ...service, metadata: { name: `s${i}` } }));
  const patch = [{ op: "add", path: "/text", value: "x".repeat(1024 * 1024) }];
  expect(() => patchObjects(many, [{ patch, target: {} }])).toThrow("what is added comes to more than");
});

describe("what does not fit is refused", () => {
  test.each<[ObjectPatch, string]>([
    [{ patch: {}, target: { kind: "Job" } }, "patch 0: selects no object; there are Service/apps/web, HelmRelease/web"],
    [{ patch: {}, target: { name: "(" } }, "patch 0: the target's name is no regular expression"],
    [
      { patch: {}, target: { labelSelector: "a in b" } },
      "the target's labelSelector is no selector; write for example",
    ],
    [
      { patch: { metadata: { name: "web" } } },
      "needs a target, or, as a strategic merge patch, kind and metadata.name",
    ],
    [{ patch: [] }, "needs a target"],
    [{ patch: { kind: "Service", apiVersion: "v1", metadata: { name: "w.b" } } }, "selects no object"],
    [
      { patch: { spec: { $patch: "drop" } }, target: { kind: "Service" } },
      "$patch that is neither delete, replace nor merge, at spec of Service",
    ],
    [
      { patch: { spec: { "$setElementOrder/ports": [] } }, target: {} },
      "knows the directive $patch, but not $setElementOrder/ports",
    ],
    [
      { patch: { spec: { ports: [{ name: "x" }] } }, target: { kind: "Service" } },
      "needs the key port in every item, at spec.ports of Service",
    ],
    [
      { patch: [{ op: "remove", path: "/data" }], target: { kind: "Service" } },
      "patch 0: operation 0 (remove /data): there is no /data, in Service/apps/web",
    ],
  ])("%j", (patch, message) => {
    expect(() => patchObjects(objects, [patch])).toThrow(message);
  });
});
