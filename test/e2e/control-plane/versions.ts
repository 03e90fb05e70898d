/** What the control plane is made of. A change here makes a new folder in the cache. */
export const versions = { kubernetes: "1.35.4", kustomizeController: "1.9.4" } as const;

/** Programs of the control plane, by the name of their file. */
export const programs = ["etcd", "kube-apiserver", "kube-controller-manager", "kustomize-controller"] as const;
export type Program = (typeof programs)[number];
