import type { JsonObject, JsonValue } from "../../../src/engine/json/index.js";
import type { OptionCase } from "./case.js";

export const kustomization = "Kustomization/app: spec";

const target: JsonObject = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  name: "a.*",
  namespace: "b",
  labelSelector: "c=d",
  annotationSelector: "e=f",
};
const health: JsonObject = {
  apiVersion: "a.example/v1",
  kind: "A",
  current: "status.ok",
  inProgress: "!has(status.ok)",
  failed: "status.bad",
};
const images: JsonObject[] = [
  { name: "a", newName: "b", newTag: "v1" },
  { name: "c", digest: `sha256:${"a".repeat(64)}` },
];

/** Options that every module with a Kustomization has. */
export const commonKustomizationCases: OptionCase[] = [
  ...[
    { namePrefix: "dev-" },
    { nameSuffix: "-dev" },
    { ignoreMissingComponents: true },
    { buildMetadata: ["originAnnotations", "transformerAnnotations"] },
    { healthCheckExprs: [health] },
    { ignore: [{ paths: ["/spec/replicas"], target }] },
  ].flatMap((sync) => Object.entries(sync).map(([key, value]) => setting({ sync }, key, value))),
  setting({ sync: { kubeConfig: { secretName: "other", key: "config" } } }, "kubeConfig", {
    secretRef: { name: "other", key: "config" },
  }),
  setting({ sync: { kubeConfig: { configMapName: "other" } } }, "kubeConfig", { configMapRef: { name: "other" } }),
  setting({ substituteStrategy: "Always" }, "postBuild", { substituteStrategy: "Always" }),
  setting({ dependsOn: [{ name: "a", readyExpr: "dep.spec.suspend == false" }] }, "dependsOn", [
    { name: "a", readyExpr: "dep.spec.suspend == false" },
  ]),
  setting({ decryption: { provider: "sops", serviceAccountName: "keys" } }, "decryption", {
    provider: "sops",
    serviceAccountName: "keys",
  }),
  setting({ images }, "images", images),
  setting(
    {
      patches: [
        { target, patch: "- op: add\n  path: /metadata/labels/a # of ours\n  value: 'no'\n" },
        { patch: "kind: A\nmetadata: {name: b}\nspec:\n  replicas: 2\n" },
      ],
    },
    "patches",
    [
      { target, patch: '[{"op":"add","path":"/metadata/labels/a","value":"no"}]' },
      { target: {}, patch: '{"kind":"A","metadata":{"name":"b"},"spec":{"replicas":2}}' },
    ],
  ),
];

/** Values that set one field of the Kustomization. */
function setting(values: JsonObject, field: string, value: JsonValue): OptionCase {
  return { values, changes: { [`${kustomization}.${field}`]: value } };
}

export const kustomizationCases: OptionCase[] = [
  { values: { sync: { prune: false } }, changes: { [`${kustomization}.prune`]: false } },
  { values: { sync: { wait: false } }, changes: { [`${kustomization}.wait`]: false } },
  { values: { sync: { timeout: 9 } }, changes: { [`${kustomization}.timeout`]: "9m" } },
  { values: { sync: { retryInterval: 0 } }, changes: { [`${kustomization}.retryInterval`]: "0m" } },
  { values: { sync: { serviceAccountName: "sa" } }, changes: { [`${kustomization}.serviceAccountName`]: "sa" } },
  { values: { sync: { targetNamespace: "ns" } }, changes: { [`${kustomization}.targetNamespace`]: "ns" } },
  { values: { substitute: { a: "1e3" } }, changes: { [`${kustomization}.postBuild`]: { substitute: { a: "1e3" } } } },
  {
    values: { substituteFrom: [{ kind: "Secret", name: "s", optional: true }] },
    changes: {
      [`${kustomization}.postBuild`]: { substituteFrom: [{ kind: "Secret", name: "s", optional: true }] },
    },
  },
  {
    values: { dependsOn: [{ name: "a", namespace: "b" }] },
    changes: { [`${kustomization}.dependsOn`]: [{ name: "a", namespace: "b" }] },
  },
  {
    values: { patches: [{ patch: { kind: "X" }, target: { name: "x" } }, { patch: [{ op: "remove", path: "/a" }] }] },
    changes: {
      [`${kustomization}.patches`]: [
        { patch: '{"kind":"X"}', target: { name: "x" } },
        { patch: '[{"op":"remove","path":"/a"}]', target: {} },
      ],
    },
  },
  {
    values: { decryption: { provider: "sops", secretRef: { name: "age" } } },
    changes: { [`${kustomization}.decryption`]: { provider: "sops", secretRef: { name: "age" } } },
  },
];
