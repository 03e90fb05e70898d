import type { JsonObject } from "../../src/engine/json/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";

const source = { kind: "GitRepository", name: "app" };

/** A custom resource of each of Flux's kinds, as small as its schema allows. */
const specs: Readonly<Record<string, JsonObject>> = {
  Alert: { providerRef: { name: "chat" }, eventSources: [{ kind: "GitRepository", name: "*" }] },
  Bucket: { interval: "1m", bucketName: "b", endpoint: "minio.example.com" },
  GitRepository: { interval: "1m", url: "https://example.com/app.git" },
  HelmChart: { interval: "1m", chart: "app", sourceRef: { kind: "HelmRepository", name: "charts" } },
  HelmRelease: {
    interval: "1m",
    chart: { spec: { chart: "app", sourceRef: { kind: "HelmRepository", name: "charts" } } },
  },
  HelmRepository: { interval: "1m", url: "https://example.com/charts" },
  ImagePolicy: { imageRepositoryRef: { name: "app" }, policy: { semver: { range: "1.x" } } },
  ImageRepository: { interval: "1m", image: "example.com/app" },
  ImageUpdateAutomation: {
    interval: "1m",
    sourceRef: source,
    git: { commit: { author: { name: "bot", email: "bot@example.com" }, messageTemplate: "update" } },
    update: { strategy: "Setters" },
  },
  Kustomization: { interval: "1m", prune: true, path: "./", sourceRef: source },
  OCIRepository: { interval: "1m", url: "oci://example.com/app" },
  Provider: { type: "slack", address: "https://example.com/hook" },
  Receiver: { type: "generic", secretRef: { name: "hook" }, resources: [source] },
};

/** A resource of one of Flux's kinds at one of its versions; undefined for a kind that is not known here. */
export function fluxResource(
  kind: string,
  group: string,
  version: string,
  metadata: KubeObject["metadata"],
): KubeObject | undefined {
  const spec = specs[kind];
  return spec && { apiVersion: `${group}/${version}`, kind, metadata, spec };
}
