import { type KubeObject, type ObjectRef, refOf } from "./object.js";

/** Kinds that are applied before all others, in this order (docs/cluster-state.md, "Order of kinds"). */
const firstKinds = [
  "CustomResourceDefinition",
  "Namespace",
  "ClusterRole",
  "ClusterClass",
  "RuntimeClass",
  "PriorityClass",
  "StorageClass",
  "VolumeSnapshotClass",
  "IngressClass",
  "GatewayClass",
  "ClusterRoleBinding",
  "ResourceQuota",
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "ConfigMap",
  "Secret",
  "Service",
  "LimitRange",
  "Deployment",
  "StatefulSet",
  "CronJob",
  "PodDisruptionBudget",
];
const lastKinds = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

const rank = new Map<string, number>([
  ...firstKinds.map((kind, i): [string, number] => [kind, i]),
  ...lastKinds.map((kind, i): [string, number] => [kind, firstKinds.length + 1 + i]),
]);

function rankOf(kind: string): number {
  return rank.get(kind) ?? firstKinds.length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares two references by the order in which they are applied; deletion runs in the reverse order. */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  return (
    rankOf(a.kind) - rankOf(b.kind) ||
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

/** The objects in apply order, as a new list. */
export function sortObjects(objects: readonly KubeObject[]): KubeObject[] {
  return [...objects].sort((a, b) => compareRefs(refOf(a), refOf(b)));
}
