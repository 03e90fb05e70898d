import { describe, expect, test } from "vitest";
import { isJsonObject, type JsonObject } from "../../src/engine/json/index.js";
import { located, moduleAt } from "./catalog.js";
import { mergeValues } from "./merge-values.js";
import { optionCases } from "./option-cases/index.js";

// Rules in CEL are what only the API server checks of a custom resource. Those of Flux's definitions, and the operator's, are in
// the modules' schemas too, so that they are found without a server: values that break each of them.

const bucket = (provider: string, more: JsonObject): JsonObject => ({
  bucket: { name: "b", endpoint: "s3.example", provider },
  ...more,
});
const sts = (provider: string, more: JsonObject = {}) => ({
  auth: { sts: { provider, endpoint: "https://s", ...more } },
});
const release = (more: JsonObject): JsonObject => ({
  repository: { url: "https://charts.example" },
  chart: { name: "c" },
  ...more,
});
const policy = (more: JsonObject): JsonObject => ({ policies: { x: { repository: "r", semver: "1.x", ...more } } });
const receiver = (more: JsonObject): JsonObject => ({
  receivers: { x: { resources: [{ kind: "Bucket", name: "b" }], ...more } },
});
const provider = {
  issuerURL: "https://issuer.example",
  audience: "a",
  validations: [{ expression: "true", message: "m" }],
};
const twoClusters = { sync: { kubeConfig: { secretName: "a", configMapName: "b" } } };
const noCluster = { sync: { kubeConfig: {} } };
const sync = (kind: string, provider: string) => ({ sync: { kind, provider, url: "https://u", ref: "r", path: "p" } });

const broken: Readonly<Record<string, readonly (readonly [rule: string, values: JsonObject, path: string])[]>> = {
  "flux-bucket-sync": [
    ["STS for a provider without", bucket("gcp", sts("aws")), "bucket.provider"],
    ["another STS for AWS", bucket("aws", sts("ldap")), "auth.sts.provider"],
    ["another STS for no cloud", bucket("generic", sts("aws")), "auth.sts.provider"],
    ["a Secret for the STS of AWS", bucket("aws", sts("aws", { secretName: "s" })), "auth.sts"],
    ["a certificate for the STS of AWS", bucket("aws", sts("aws", { certSecretName: "s" })), "auth.sts"],
    ["an identity without a cloud", bucket("generic", { auth: { serviceAccountName: "a" } }), "bucket.provider"],
    ["an identity beside a Secret", bucket("aws", { auth: { serviceAccountName: "a", secretName: "s" } }), "auth"],
    [
      "an identity beside keys",
      bucket("aws", { auth: { serviceAccountName: "a", accessKey: "k", secretKey: "s" } }),
      "auth",
    ],
    ["two other clusters", bucket("aws", twoClusters), "sync.kubeConfig"],
    ["no other cluster", bucket("aws", noCluster), "sync.kubeConfig"],
  ],
  "flux-git-sync": [
    ["an identity without a cloud", { git: { serviceAccountName: "a" } }, "git"],
    ["an identity of another cloud", { git: { serviceAccountName: "a", provider: "github" } }, "git.provider"],
    ["two other clusters", twoClusters, "sync.kubeConfig"],
    ["no other cluster", noCluster, "sync.kubeConfig"],
  ],
  "flux-oci-sync": [
    ["two other clusters", twoClusters, "sync.kubeConfig"],
    ["no other cluster", noCluster, "sync.kubeConfig"],
  ],
  "flux-kustomization": [
    ["two other clusters", twoClusters, "sync.kubeConfig"],
    ["no other cluster", noCluster, "sync.kubeConfig"],
  ],
  "flux-helm-release": [
    ["no chart", { repository: { url: "https://charts.example" } }, "chart"],
    [
      "a wait before undoing an install",
      release({ install: { strategy: { name: "RemediateOnFailure", retryInterval: "1m" } } }),
      "install.strategy",
    ],
    [
      "a wait before undoing an upgrade",
      release({ upgrade: { strategy: { name: "RemediateOnFailure", retryInterval: "1m" } } }),
      "upgrade.strategy",
    ],
    ["two other clusters", release(twoClusters), "sync.kubeConfig"],
    ["no other cluster", release(noCluster), "sync.kubeConfig"],
    [
      "a signed chart of no Helm repository",
      { source: { kind: "Bucket", name: "b" }, chart: { name: "./c", verify: {} } },
      "chart",
    ],
  ],
  "flux-image-automation": [
    [
      "an interval for digests that stay",
      policy({ interval: "1m", digestReflectionPolicy: "IfNotPresent" }),
      "policies.x",
    ],
    ["an interval for no digests", policy({ interval: "1m" }), "policies.x"],
    ["no interval for digests that move", policy({ digestReflectionPolicy: "Always" }), "policies.x.interval"],
  ],
  "flux-notification": [
    [
      "a commit status for a chat",
      { providers: { x: { type: "slack", commitStatusExpr: "'a'" } } },
      "providers.x.type",
    ],
    ["no provider of identities", receiver({ type: "generic-oidc" }), "receivers.x.oidcProviders"],
    [
      "an empty list of providers of identities",
      receiver({ type: "generic-oidc", oidcProviders: [] }),
      "receivers.x.oidcProviders",
    ],
    [
      "providers of identities for a token",
      receiver({ type: "github", token: "t", oidcProviders: [provider] }),
      "receivers.x",
    ],
    [
      "a Secret for identities",
      receiver({ type: "generic-oidc", oidcProviders: [provider], secretName: "s" }),
      "receivers.x",
    ],
    [
      "a token for identities",
      receiver({ type: "generic-oidc", oidcProviders: [provider], token: "t" }),
      "receivers.x",
    ],
    ["no Secret", receiver({ type: "github" }), "receivers.x"],
  ],
  "flux-instance": [
    ["volumes of shards without a volume", { sharding: { shards: ["a"], storage: "persistent" } }, "storage"],
    [
      "identities of tenants without identities",
      { cluster: { multitenantWorkloadIdentity: true } },
      "cluster.objectLevelWorkloadIdentity",
    ],
    [
      "identities that are off",
      { cluster: { multitenantWorkloadIdentity: true, objectLevelWorkloadIdentity: false } },
      "cluster.objectLevelWorkloadIdentity",
    ],
    ["Google's identity for Git", sync("GitRepository", "gcp"), "sync.kind"],
    ["GitHub's identity for OCI", sync("OCIRepository", "github"), "sync.kind"],
  ],
};

test("no rule of the newest definitions is left out", async () => {
  const counts: Record<string, number> = {};
  for (const { spec } of (await moduleAt("flux-aio")).definitions) {
    const kind = isJsonObject(spec) && isJsonObject(spec.names) ? String(spec.names.kind) : "";
    const rules = JSON.stringify(spec).match(/"rule":/g) ?? [];
    if (rules.length > 0) counts[kind] = rules.length;
  }
  // A HelmChart and an ArtifactGenerator are rendered by no module.
  expect(counts).toEqual({
    ArtifactGenerator: 1,
    Bucket: 7,
    GitRepository: 1,
    HelmChart: 1,
    HelmRelease: 5,
    ImagePolicy: 2,
    Kustomization: 2,
    Provider: 1,
    Receiver: 4,
  });
});

describe.each(Object.entries(broken))("%s refuses", (name, cases) => {
  test.each(cases)("%s", async (_, values, path) => {
    const module = await moduleAt(name);
    const pos = { file: "values", offset: 0, line: 1, column: 1 };
    const all = located(mergeValues(baseOf(name), values));
    const { faults } = await module.values(all, { path: [], pos });
    expect(faults.map(({ message }) => message)).toContainEqual(expect.stringContaining(`values:1:1: ${path}`));
    expect(faults.filter(({ message }) => !message.includes(path))).toEqual([]);
  });
});

/** Values that the cases add to; those of a HelmRelease are whole, since what it lacks is the point. */
function baseOf(name: string): JsonObject {
  return name === "flux-helm-release" ? {} : (optionCases[name]?.base ?? {});
}
