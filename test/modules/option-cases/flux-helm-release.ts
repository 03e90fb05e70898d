import { type ModuleCases, onEach, pullConfig } from "./case.js";

const release = "HelmRelease/app: spec";
const helmRepository = "HelmRepository/app: spec";
export const fluxHelmRelease: ModuleCases = {
  base: { repository: { url: "https://charts.example" }, chart: { name: "c" } },
  cases: [
    {
      values: { metadata: { labels: { team: "a" } } },
      changes: {
        ...onEach(["HelmRelease/app", "HelmRepository/app"], "labels.team", "a"),
        [`${release}.chart.metadata.labels.team`]: "a",
      },
    },
    {
      values: { metadata: { annotations: { b: "yes" } } },
      changes: {
        ...onEach(["HelmRelease/app", "HelmRepository/app"], "annotations", { b: "yes" }),
        [`${release}.chart.metadata.annotations`]: { b: "yes" },
      },
    },
    { values: { repository: { url: "http://x" } }, changes: { [`${helmRepository}.url`]: "http://x" } },
    {
      values: {
        repository: {
          url: "oci://r.example/charts",
          auth: { username: "u", password: "p" },
          insecure: true,
          certSecretName: "ca",
          provider: "azure",
        },
        chart: { version: "6.x" },
      },
      changes: {
        "-HelmRepository/app": null,
        [`${release}.chart`]: null,
        [`${release}.chartRef`]: { kind: "OCIRepository", name: "app" },
        "+OCIRepository/app": {
          spec: {
            url: "oci://r.example/charts/c",
            interval: "60m",
            ref: { semver: "6.x" },
            layerSelector: { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", operation: "copy" },
            provider: "azure",
            secretRef: { name: "app-helm-auth" },
            insecure: true,
            certSecretRef: { name: "ca" },
          },
        },
        "+Secret/app-helm-auth": {
          type: "kubernetes.io/dockerconfigjson",
          stringData: { ".dockerconfigjson": pullConfig("r.example") },
        },
      },
    },
    {
      values: { repository: { auth: { username: "u", password: "p" } } },
      changes: {
        [`${helmRepository}.secretRef`]: { name: "app-helm-auth" },
        "+Secret/app-helm-auth": { stringData: { username: "u", password: "p" } },
      },
    },
    { values: { repository: { provider: "aws" } }, changes: { [`${helmRepository}.provider`]: "aws" } },
    { values: { repository: { insecure: true } }, changes: { [`${helmRepository}.insecure`]: true } },
    {
      values: { repository: { certSecretName: "ca" } },
      changes: { [`${helmRepository}.certSecretRef`]: { name: "ca" } },
    },
    { values: { chart: { name: "d" } }, changes: { [`${release}.chart.spec.chart`]: "d" } },
    { values: { chart: { version: "1.x" } }, changes: { [`${release}.chart.spec.version`]: "1.x" } },
    {
      values: { sync: { retries: 3 } },
      changes: { [`${release}.install.remediation.retries`]: 3, [`${release}.upgrade.remediation.retries`]: 3 },
    },
    {
      values: { sync: { interval: 7 } },
      changes: { [`${release}.interval`]: "7m", [`${release}.chart.spec.interval`]: "7m" },
    },
    { values: { sync: { timeout: 9 } }, changes: { [`${release}.timeout`]: "9m" } },
    {
      values: { sync: { disableWait: true } },
      changes: Object.fromEntries(
        ["install", "upgrade"].flatMap((action) => [
          [`${release}.${action}.disableWait`, true],
          [`${release}.${action}.disableWaitForJobs`, true],
        ]),
      ),
    },
    { values: { sync: { createNamespace: true } }, changes: { [`${release}.install.createNamespace`]: true } },
    { values: { sync: { serviceAccountName: "sa" } }, changes: { [`${release}.serviceAccountName`]: "sa" } },
    {
      values: { sync: { targetNamespace: "ns" } },
      changes: { [`${release}.targetNamespace`]: "ns", [`${release}.storageNamespace`]: "ns" },
    },
    { values: { test: true }, changes: { [`${release}.test.enable`]: true } },
    { values: { driftDetection: "warn" }, changes: { [`${release}.driftDetection`]: { mode: "warn" } } },
    { values: { dependsOn: [{ name: "a" }] }, changes: { [`${release}.dependsOn`]: [{ name: "a" }] } },
    {
      values: { helmValues: { a: { b: [1, null, "no"] }, "c.d": 0.5 } },
      changes: { [`${release}.values`]: { a: { b: [1, null, "no"] }, "c.d": 0.5 } },
    },
    {
      values: { helmValuesFrom: [{ kind: "Secret", name: "s", valuesKey: "k", targetPath: "a.b", optional: false }] },
      changes: {
        [`${release}.valuesFrom`]: [{ kind: "Secret", name: "s", valuesKey: "k", targetPath: "a.b", optional: false }],
      },
    },
  ],
};
