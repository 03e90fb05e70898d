import type { KubeObject } from "../../object/index.js";
import type { ReadyState } from "../target.js";
import { condition } from "./condition.js";
import { numberAt, objectsAt, textAt, textsAt, valueAt } from "./fields.js";
import type { HealthRule } from "./health-rules.js";

/**
 * How far an object is, from the object alone, by the rules of kstatus: being deleted, not yet seen by its controller, what a
 * health check of its kind says, `Reconciling`, `Stalled`, then the rules of its kind, else its `Ready` condition. An object without any of these is current.
 * A Job is current when it is complete.
 *
 * @param object A live object; undefined for one that is not there
 * @see https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export function readyState(object: KubeObject | undefined, healthRules: readonly HealthRule[] = []): ReadyState {
  if (object === undefined) return { state: "absent", message: "not found" };
  if (textAt(object, "metadata", "deletionTimestamp") !== "") return terminating(object);
  // Flux lets it be: neither its generation nor its conditions will move.
  if (apiGroup(object).endsWith(".toolkit.fluxcd.io") && valueAt(object, "spec", "suspend") === true)
    return current("suspended");
  const generation = numberAt(object, "metadata", "generation");
  const observed = numberAt(object, "status", "observedGeneration");
  if (observed !== undefined && generation !== undefined && observed !== generation)
    return inProgress(`its controller has not seen generation ${generation} yet`);
  const group = apiGroup(object);
  const own = healthRules.find(({ kind }) => kind === (group === "" ? object.kind : `${object.kind}.${group}`));
  if (own !== undefined) return own.stateOf(object);
  const reconciling = condition(object, "Reconciling");
  if (reconciling?.status === "True") return inProgress(reconciling.text);
  const stalled = condition(object, "Stalled");
  if (stalled?.status === "True") return failed(stalled.text);

  const rule = kindRules[`${group}/${object.kind}`];
  if (rule !== undefined) return rule(object);
  const ready = condition(object, "Ready");
  return ready === undefined || ready.status === "True" ? current(ready?.text ?? "") : inProgress(ready.text);
}

function apiGroup({ apiVersion }: KubeObject): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

const current = (message: string): ReadyState => ({ state: "current", message });
const inProgress = (message: string): ReadyState => ({ state: "in-progress", message });
const failed = (message: string): ReadyState => ({ state: "failed", message });

/** Kinds whose state is not simply a `Ready` condition, by group and kind. */
const kindRules: Readonly<Record<string, (object: KubeObject) => ReadyState>> = {
  "apiextensions.k8s.io/CustomResourceDefinition": customResourceDefinition,
  "apps/DaemonSet": daemonSet,
  "apps/Deployment": deployment,
  "apps/ReplicaSet": replicaSet,
  "apps/StatefulSet": statefulSet,
  "batch/CronJob": () => current(""),
  "batch/Job": job,
  "policy/PodDisruptionBudget": () => current(""),
  "/Namespace": namespace,
  "/PersistentVolumeClaim": persistentVolumeClaim,
  "/Pod": pod,
  "/Service": service,
};

/** What holds a deletion up: finalizers, and what a Namespace says of its contents. */
function terminating(object: KubeObject): ReadyState {
  const finalizers = [...textsAt(object, "metadata", "finalizers"), ...textsAt(object, "spec", "finalizers")];
  const contents = objectsAt(object, "status", "conditions")
    .filter((item) => textAt(item, "status") === "True" && textAt(item, "type").startsWith("Namespace"))
    .map((item) => textAt(item, "message"));
  const parts = [finalizers.length === 0 ? "" : `finalizers: ${finalizers.join(", ")}`, ...contents];
  return { state: "terminating", message: parts.filter((part) => part !== "").join("; ") };
}

function customResourceDefinition(crd: KubeObject): ReadyState {
  const names = condition(crd, "NamesAccepted");
  if (names?.status === "False") return failed(names.text);
  const established = condition(crd, "Established");
  if (established?.status === "True") return current("established");
  if (established?.status === "False" && established.reason !== "Installing") return failed(established.text);
  return inProgress("not established yet");
}

function namespace(object: KubeObject): ReadyState {
  const phase = textAt(object, "status", "phase");
  return phase === "Active" ? current("active") : inProgress(phase === "" ? "not active yet" : phase);
}

function deployment(object: KubeObject): ReadyState {
  const progressing = condition(object, "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") return failed(progressing.text);
  const wanted = wantedReplicas(object);
  const [total, updated, available, ready] = counts(
    object,
    "replicas",
    "updatedReplicas",
    "availableReplicas",
    "readyReplicas",
  );
  if (observedNothing(object)) return inProgress("its controller has not seen it yet");
  if (total < wanted) return inProgress(`replicas: ${total}/${wanted}`);
  if (updated < wanted) return inProgress(`updated: ${updated}/${wanted}`);
  if (total > wanted) return inProgress(`replicas to be removed: ${total - wanted}`);
  if (available < updated) return inProgress(`available: ${available}/${updated}`);
  if (ready < wanted) return inProgress(`ready: ${ready}/${wanted}`);
  const limited = numberAt(object, "spec", "progressDeadlineSeconds") !== undefined;
  const rolledOut = progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable";
  if (limited && !rolledOut) return inProgress("its new ReplicaSet is not available yet");
  if (condition(object, "Available")?.status !== "True") return inProgress("not available yet");
  return current(`replicas: ${total}`);
}

function replicaSet(object: KubeObject): ReadyState {
  const failure = condition(object, "ReplicaFailure");
  if (failure?.status === "True") return inProgress(failure.text);
  const wanted = wantedReplicas(object);
  const [total, labelled, available, ready] = counts(
    object,
    "replicas",
    "fullyLabeledReplicas",
    "availableReplicas",
    "readyReplicas",
  );
  if (labelled < wanted) return inProgress(`labelled: ${labelled}/${wanted}`);
  if (available < wanted) return inProgress(`available: ${available}/${wanted}`);
  if (ready < wanted) return inProgress(`ready: ${ready}/${wanted}`);
  if (total > wanted) return inProgress(`replicas to be removed: ${total - wanted}`);
  return current(`replicas: ${total}`);
}

function statefulSet(object: KubeObject): ReadyState {
  if (textAt(object, "spec", "updateStrategy", "type") === "OnDelete") return current("updated on delete");
  const wanted = wantedReplicas(object);
  const [total, ready, currentCount, updated] = counts(
    object,
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
  );
  if (observedNothing(object)) return inProgress("its controller has not seen it yet");
  if (total < wanted) return inProgress(`replicas: ${total}/${wanted}`);
  if (ready < wanted) return inProgress(`ready: ${ready}/${wanted}`);
  if (total > wanted) return inProgress(`replicas to be removed: ${total - wanted}`);
  const partition = numberAt(object, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  if (partition > 0) {
    const toUpdate = Math.max(wanted - partition, 0);
    return updated < toUpdate ? inProgress(`updated: ${updated}/${toUpdate}`) : current(`replicas: ${total}`);
  }
  if (currentCount < wanted) return inProgress(`current: ${currentCount}/${wanted}`);
  if (textAt(object, "status", "currentRevision") !== textAt(object, "status", "updateRevision"))
    return inProgress("its replicas are not all of the new revision yet");
  return current(`replicas: ${total}`);
}

function daemonSet(object: KubeObject): ReadyState {
  const wanted = numberAt(object, "status", "desiredNumberScheduled");
  if (wanted === undefined || observedNothing(object)) return inProgress("its controller has not seen it yet");
  const fields = ["currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"] as const;
  const words = ["scheduled", "updated", "available", "ready"];
  const late = counts(object, ...fields).findIndex((count) => count < wanted);
  if (late >= 0) return inProgress(`${words[late]}: ${numberAt(object, "status", fields[late] ?? "") ?? 0}/${wanted}`);
  return current(`pods: ${wanted}`);
}

function job(object: KubeObject): ReadyState {
  const failure = condition(object, "Failed");
  if (failure?.status === "True") return failed(failure.text);
  if (condition(object, "Complete")?.status === "True") return current("complete");
  if (condition(object, "Suspended")?.status === "True") return inProgress("suspended");
  const [active, succeeded, lost] = counts(object, "active", "succeeded", "failed");
  return inProgress(`active: ${active}, succeeded: ${succeeded}, failed: ${lost}`);
}

function pod(object: KubeObject): ReadyState {
  const phase = textAt(object, "status", "phase");
  const waiting = objectsAt(object, "status", "containerStatuses")
    .map((status) => ({ name: textAt(status, "name"), reason: textAt(status, "state", "waiting", "reason") }))
    .filter(({ reason }) => reason !== "");
  const looping = waiting.filter(({ reason }) => reason === "CrashLoopBackOff");
  const words = waiting.map(({ name, reason }) => `container ${name}: ${reason}`).join(", ");
  if (phase === "Succeeded") return current("completed");
  if (phase === "Failed") return failed(textAt(object, "status", "message") || "the pod failed");
  if (phase === "Running" && condition(object, "Ready")?.status === "True") return current("ready");
  if (phase === "Running" && looping.length > 0) return failed(words);
  const scheduled = condition(object, "PodScheduled");
  if (scheduled?.status === "False") return inProgress(scheduled.text);
  return inProgress(words || (phase === "Running" ? "not ready yet" : phase || "not scheduled yet"));
}

function persistentVolumeClaim(object: KubeObject): ReadyState {
  const phase = textAt(object, "status", "phase");
  if (phase === "Lost") return failed("its volume is lost");
  return phase === "Bound" ? current("bound") : inProgress(`not bound yet (${phase || "no phase"})`);
}

/** kstatus asks only for the cluster address; outside addresses may take minutes and are the cloud's business. */
function service(object: KubeObject): ReadyState {
  const isBalanced = textAt(object, "spec", "type") === "LoadBalancer";
  return isBalanced && textAt(object, "spec", "clusterIP") === "" ? inProgress("no cluster address yet") : current("");
}

/** A controller that writes `observedGeneration` has not done so: what the status says is of no one. */
function observedNothing(object: KubeObject): boolean {
  return numberAt(object, "status", "observedGeneration") === undefined && textAt(object, "metadata", "uid") !== "";
}

function wantedReplicas(object: KubeObject): number {
  return numberAt(object, "spec", "replicas") ?? 1;
}

/** Numbers of the status, zero where there are none. */
function counts<const Names extends readonly string[]>(
  object: KubeObject,
  ...names: Names
): { -readonly [I in keyof Names]: number };
function counts(object: KubeObject, ...names: readonly string[]): number[] {
  return names.map((name) => numberAt(object, "status", name) ?? 0);
}
