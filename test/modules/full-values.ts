import type { JsonObject } from "../../src/engine/json/index.js";
import { moduleNames } from "./catalog.js";
import { mergeValues } from "./merge-values.js";
import { optionCases } from "./option-cases/index.js";

type FullValues = Readonly<{ title: string; module: string; values: JsonObject }>;

const requirement = [{ key: "k", operator: "In", values: ["v"] }];
const term = {
  topologyKey: "t",
  labelSelector: { matchLabels: { a: "b" }, matchExpressions: requirement },
  namespaceSelector: { matchLabels: { a: "b" } },
  namespaces: ["n"],
  matchLabelKeys: ["m"],
  mismatchLabelKeys: ["m"],
};
const podAffinity = {
  requiredDuringSchedulingIgnoredDuringExecution: [term],
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
};
const nodes = { matchExpressions: requirement, matchFields: requirement };

/** What the cases of single options leave out or rule out, by module. */
const beyond: Readonly<Record<string, JsonObject>> = {
  "flux-aio": {
    install: "controllers",
    createNamespace: true,
    priorityClassName: "system-node-critical",
    // A patch whose strings are any is none; test/engine/patch has their safety.
    patches: [],
    controllers: {
      kustomize: { enabled: true },
      helm: { enabled: true, resources: { claims: [{ name: "c", request: "r" }] } },
      notification: { enabled: true },
      watcher: { enabled: true },
    },
    securityContext: { appArmorProfile: { type: "Localhost", localhostProfile: "p" } },
    tolerations: [{ key: "k", operator: "Equal", value: "v", effect: "NoExecute" }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodes] },
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: nodes }],
      },
      podAffinity,
      podAntiAffinity: podAffinity,
    },
  },
  "flux-oci-sync": {
    patches: [
      {
        patch: { a: ["b", { c: "d" }] },
        target: {
          group: "g",
          version: "v",
          kind: "k",
          name: "n",
          namespace: "s",
          labelSelector: "l",
          annotationSelector: "a",
        },
      },
    ],
  },
};

/** Values that set every option of a module; where one option rules out another, there are two of them. */
export const fullValues: readonly FullValues[] = moduleNames.flatMap((module): FullValues[] => {
  const { base = {}, cases = [] } = optionCases[module] ?? {};
  const all = cases.reduce((values, each) => mergeValues(values, each.values), base);
  const values = mergeValues(all, beyond[module] ?? {});
  if (module === "flux-helm-release") {
    const https = mergeValues(values, { repository: { url: "https://charts.example" } });
    return [
      { title: `${module} from a registry`, module, values },
      { title: `${module} from a Helm repository`, module, values: https },
    ];
  }
  if (module === "flux-oci-sync") {
    const { auth: _, ...other } = values;
    const artifact = optionCases[module]?.base.artifact ?? {};
    return [
      { title: `${module} with artifact.auth`, module, values: other },
      { title: `${module} with auth`, module, values: { ...values, artifact } },
    ];
  }
  return [{ title: module, module, values }];
});
