import { isJsonObject, type JsonObject } from "../../src/engine/json/index.js";
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
  "flux-bucket-sync": { bucket: { provider: "generic" }, sync: { enabled: true } },
  "flux-notification": { receivers: { r: { token: "t" } } },
  "flux-git-sync": { sync: { enabled: true } },
  "flux-image-automation": { automations: { a: { commit: { signingKey: { secretName: "k" } } } } },
  "flux-instance": {
    patches: [{ patch: { a: ["b"] }, target: { name: "n" } }],
    sync: { kind: "GitRepository", url: "https://git.example" },
  },
  "flux-tenant": { createNamespaces: true, resourceQuota: { enabled: true } },
  "flux-oci-sync": {
    sync: { enabled: true },
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
  const all = withoutNamedSecrets(
    cases.filter((each) => each.base === undefined).reduce((values, each) => mergeValues(values, each.values), base),
  );
  const values = mergeValues(all, beyond[module] ?? {});
  const variant = (title: string, changed: JsonObject): FullValues => ({
    title: `${module} ${title}`,
    module,
    values: changed,
  });
  switch (module) {
    case "flux-bucket-sync": {
      const { serviceAccountName, ...auth } = isJsonObject(values.auth) ? values.auth : {};
      const identity = { bucket: { provider: "aws" }, auth: { ...(serviceAccountName && { serviceAccountName }) } };
      return [
        variant("with credentials", { ...values, auth }),
        variant("with an identity", mergeValues({ ...values, auth: {} }, identity)),
      ];
    }
    case "flux-helm-release": {
      const { chart, ...other } = values;
      return [
        variant("from a registry", { ...other, chart: { name: "c" } }),
        variant("from a Helm repository", mergeValues(values, { repository: { url: "https://charts.example" } })),
      ];
    }
    case "flux-oci-sync": {
      const { auth: _, ...other } = values;
      const { digest: __, ...artifact } = isJsonObject(values.artifact) ? values.artifact : {};
      const bare = optionCases[module]?.base.artifact ?? {};
      return [
        variant("with artifact.auth", { ...other, artifact }),
        variant("with auth", { ...values, artifact: bare }),
      ];
    }
    case "flux-git-sync": {
      const { ssh, branch, tag, semver, commit, ...https } = isJsonObject(values.git) ? values.git : {};
      const { token: _, ref: __, ...git } = isJsonObject(values.git) ? values.git : {};
      return [variant("over HTTPS", { ...values, git: https }), variant("over SSH", { ...values, git })];
    }
    case "flux-tenant": {
      const { rules, role, clusterRole, ...other } = values;
      return [
        variant("as admin", { ...other, ...(clusterRole && { clusterRole }) }),
        variant("with rules", { ...other, role: "custom", ...(rules && { rules }) }),
      ];
    }
    default:
      return [{ title: module, module, values }];
  }
});

/** Values that name no Secret that is there already: they would rule out those that the module makes. */
function withoutNamedSecrets(values: JsonObject): JsonObject {
  const kept = Object.entries(values).filter(
    ([key]) => !/secretName$/i.test(key) && !(key === "key" && values.configMapName !== undefined),
  );
  return Object.fromEntries(
    kept.map(([key, value]) => [key, isJsonObject(value) ? withoutNamedSecrets(value) : value]),
  );
}
