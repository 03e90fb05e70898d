import type { KubeObject } from "../object/index.js";

/**
 * Which lists of Kubernetes' own kinds are merged item by item, and by which keys of the items; all other lists are
 * replaced as a whole. Taken from `x-kubernetes-patch-merge-key` and `x-kubernetes-list-map-keys` of the Kubernetes API.
 * A list without keys holds texts, of which the patch adds those that are not there.
 */
type MergeKeys = readonly string[];

const container: Readonly<Record<string, MergeKeys>> = {
  env: ["name"],
  ports: ["containerPort", "protocol"],
  volumeDevices: ["devicePath"],
  volumeMounts: ["mountPath"],
};
const containers = ["containers", "initContainers", "ephemeralContainers"];
const podSpec = new Map<string, MergeKeys>([
  ...containers.map((list): [string, MergeKeys] => [list, ["name"]]),
  ...containers.flatMap((list) =>
    Object.entries(container).map(([field, keys]): [string, MergeKeys] => [`${list}.${field}`, keys]),
  ),
  ["hostAliases", ["ip"]],
  ["imagePullSecrets", ["name"]],
  ["resourceClaims", ["name"]],
  ["schedulingGates", ["name"]],
  ["topologySpreadConstraints", ["topologyKey", "whenUnsatisfiable"]],
  ["volumes", ["name"]],
]);

/** Where the kinds that run pods have the pod's spec. */
const podSpecAt = new Map([
  ["v1 Pod", "spec."],
  ["v1 PodTemplate", "template.spec."],
  ["v1 ReplicationController", "spec.template.spec."],
  ["apps/v1 DaemonSet", "spec.template.spec."],
  ["apps/v1 Deployment", "spec.template.spec."],
  ["apps/v1 ReplicaSet", "spec.template.spec."],
  ["apps/v1 StatefulSet", "spec.template.spec."],
  ["batch/v1 Job", "spec.template.spec."],
  ["batch/v1 CronJob", "spec.jobTemplate.spec.template.spec."],
]);
const ofKind = new Map<string, MergeKeys>([
  ["v1 Service spec.ports", ["port", "protocol"]],
  ["v1 ServiceAccount secrets", ["name"]],
  ["admissionregistration.k8s.io/v1 MutatingWebhookConfiguration webhooks", ["name"]],
  ["admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration webhooks", ["name"]],
]);
const ofEveryKind = new Map<string, MergeKeys>([
  ["metadata.finalizers", []],
  ["metadata.ownerReferences", ["uid"]],
]);

/** The keys by which the items of a list are merged; undefined for a list that is replaced. `path` has no indexes. */
export function mergeKeysOf({ apiVersion, kind }: KubeObject, path: string): MergeKeys | undefined {
  const type = `${apiVersion} ${kind}`;
  const pod = podSpecAt.get(type);
  const inPod = pod !== undefined && path.startsWith(pod) ? podSpec.get(path.slice(pod.length)) : undefined;
  return inPod ?? ofKind.get(`${type} ${path}`) ?? ofEveryKind.get(path);
}
