import type { OptionCase } from "./case.js";

export const kustomization = "Kustomization/app: spec";
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
