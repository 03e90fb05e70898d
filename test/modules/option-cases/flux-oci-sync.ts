import type { JsonObject } from "../../../src/engine/json/index.js";
import type { Changes } from "../changes.js";
import { type ModuleCases, metadataCases, pullConfig } from "./case.js";
import { kustomization, kustomizationCases } from "./kustomization.js";

const oci = "OCIRepository/app: spec";
const ociSecret: JsonObject = {
  type: "kubernetes.io/dockerconfigjson",
  stringData: { ".dockerconfigjson": pullConfig("r.example:5000") },
};
const withCredentials: Changes = { [`${oci}.secretRef`]: { name: "app-oci-auth" }, "+Secret/app-oci-auth": ociSecret };
export const fluxOciSync: ModuleCases = {
  base: { artifact: { url: "oci://r.example:5000/a/b" } },
  cases: [
    ...metadataCases(["OCIRepository/app", "Kustomization/app"]),
    { values: { artifact: { url: "oci://x/y" } }, changes: { [`${oci}.url`]: "oci://x/y" } },
    { values: { artifact: { tag: "v1" } }, changes: { [`${oci}.ref.tag`]: "v1" } },
    {
      values: { artifact: { semver: ">=1.0.0" } },
      changes: { [`${oci}.ref.tag`]: null, [`${oci}.ref.semver`]: ">=1.0.0" },
    },
    { values: { artifact: { interval: 7 } }, changes: { [`${oci}.interval`]: "7m" } },
    { values: { artifact: { ignore: "*.md\n" } }, changes: { [`${oci}.ignore`]: "*.md\n" } },
    { values: { auth: { provider: "aws" } }, changes: { [`${oci}.provider`]: "aws" } },
    { values: { auth: { credentials: { username: "u", password: "p" } } }, changes: withCredentials },
    { values: { artifact: { auth: { provider: "gcp" } } }, changes: { [`${oci}.provider`]: "gcp" } },
    { values: { artifact: { auth: { credentials: { username: "u", password: "p" } } } }, changes: withCredentials },
    { values: { tls: { insecure: true } }, changes: { [`${oci}.insecure`]: true } },
    {
      values: { tls: { ca: "PEM" } },
      changes: {
        [`${oci}.certSecretRef`]: { name: "app-oci-tls" },
        "+Secret/app-oci-tls": { stringData: { "ca.crt": "PEM" } },
      },
    },
    { values: { sync: { path: "./x" } }, changes: { [`${kustomization}.path`]: "./x" } },
    ...kustomizationCases,
  ],
};
