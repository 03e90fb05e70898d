import type { KubeObject } from "../../src/engine/object/index.js";

/** What tests need of the Hierarchical Namespace Controller's SubnamespaceAnchor; its own definition is not ours to carry. */
export const subnamespaceDefinition: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "subnamespaceanchors.hnc.x-k8s.io",
    // Groups below k8s.io are the Kubernetes project's own.
    annotations: { "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/hierarchical-namespaces" },
  },
  spec: {
    group: "hnc.x-k8s.io",
    names: {
      kind: "SubnamespaceAnchor",
      plural: "subnamespaceanchors",
      singular: "subnamespaceanchor",
      listKind: "SubnamespaceAnchorList",
    },
    scope: "Namespaced",
    versions: [
      {
        name: "v1alpha2",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: {} },
              status: { type: "object", properties: { status: { type: "string" } } },
            },
          },
        },
      },
    ],
  },
};
