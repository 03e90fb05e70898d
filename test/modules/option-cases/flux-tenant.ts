import { type ModuleCases, metadataCases } from "./case.js";

export const fluxTenant: ModuleCases = {
  base: {},
  cases: [
    ...metadataCases(["Namespace/apps", "ServiceAccount/flux", "RoleBinding/app", "ResourceQuota/flux-quota"]),
    {
      values: { fluxServiceAccount: "bot" },
      changes: {
        "-ServiceAccount/flux": null,
        "+ServiceAccount/bot": {},
        "-ResourceQuota/flux-quota": null,
        "+ResourceQuota/bot-quota": {
          spec: {
            hard: {
              "count/kustomizations.kustomize.toolkit.fluxcd.io": "100",
              "count/helmreleases.helm.toolkit.fluxcd.io": "100",
            },
          },
        },
        "RoleBinding/app: subjects[flux]": null,
        "RoleBinding/app: subjects[bot]": { kind: "ServiceAccount", name: "bot", namespace: "apps" },
      },
    },
    {
      values: { role: "cluster-admin" },
      changes: {
        "+ClusterRoleBinding/app-apps": {
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
          subjects: [{ kind: "ServiceAccount", name: "flux", namespace: "apps" }],
        },
      },
    },
    {
      values: { resourceQuota: { kustomizations: 1, helmreleases: 0 } },
      changes: {
        "ResourceQuota/flux-quota: spec.hard.count/kustomizations.kustomize.toolkit.fluxcd.io": "1",
        "ResourceQuota/flux-quota: spec.hard.count/helmreleases.helm.toolkit.fluxcd.io": "0",
      },
    },
  ],
};
