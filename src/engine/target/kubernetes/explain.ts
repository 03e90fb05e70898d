import { isJsonObject, type JsonObject } from "../../json/index.js";
import type { KubeObject, ObjectRef } from "../../object/index.js";
import { TargetError } from "../errors.js";
import type { Api } from "./api.js";
import type { ListQuery } from "./collection.js";
import { objectsAt, textAt, valueAt } from "./fields.js";

/** Kinds whose pods tell more than they do themselves. */
const withPods = ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"];
/** Reasons that every pod gives on its way. */
const usualReasons = ["ContainerCreating", "PodInitializing"];
const maxHints = 3;

/**
 * Why an object is not ready, as far as the cluster tells it elsewhere: containers of its pods that cannot start, and recent
 * warnings about it, its pods and its ReplicaSets. Nothing where the user may not look.
 *
 * @returns A few texts without line breaks, the likeliest reason first
 */
export async function explain(api: Api, ref: ObjectRef, object: KubeObject, signal?: AbortSignal): Promise<string[]> {
  try {
    const pods = await podsOf(api, ref, object, signal);
    const subjects = [object, ...pods].map((each) => textAt(each, "metadata", "uid"));
    const warnings = await list(
      api,
      "Event",
      { namespace: ref.namespace || "default", fieldSelector: "type=Warning" },
      signal,
    );
    const ours = warnings
      .filter((event) => {
        const of = valueAt(event, "involvedObject");
        const isSet = textAt(of, "kind") === "ReplicaSet" && textAt(of, "name").startsWith(`${ref.name}-`);
        return subjects.includes(textAt(of, "uid")) || (ref.kind === "Deployment" && isSet);
      })
      .sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
    const hints = [...pods.flatMap(podFaults), ...ours.map(eventText)];
    return [...new Set(hints)].slice(0, maxHints);
  } catch (error) {
    if (error instanceof TargetError) return [];
    throw error;
  }
}

async function podsOf(api: Api, ref: ObjectRef, object: KubeObject, signal?: AbortSignal): Promise<KubeObject[]> {
  if (ref.kind === "Pod" && ref.group === "") return [object];
  const labels = valueAt(object, "spec", "selector", "matchLabels");
  if (!withPods.includes(ref.kind) || !isJsonObject(labels)) return [];
  const labelSelector = Object.entries(labels)
    .map((pair) => pair.join("="))
    .join(",");
  return list(api, "Pod", { namespace: ref.namespace, labelSelector }, signal);
}

async function list(api: Api, kind: "Pod" | "Event", query: ListQuery, signal?: AbortSignal): Promise<KubeObject[]> {
  const resource = await api.discovery.find({ group: "", version: "v1", kind, namespace: "", name: "" }, signal);
  return resource === undefined ? [] : api.list(resource, query, signal);
}

function podFaults(pod: KubeObject): string[] {
  const statuses = ["initContainerStatuses", "containerStatuses"].flatMap((field) => objectsAt(pod, "status", field));
  return statuses.flatMap((status) => {
    const waiting = valueAt(status, "state", "waiting");
    const reason = textAt(waiting, "reason");
    if (reason === "" || usualReasons.includes(reason)) return [];
    const last = textAt(status, "lastState", "terminated", "message");
    return oneLine(`container ${textAt(status, "name")}: ${reason}: ${textAt(waiting, "message") || last}`);
  });
}

function eventText(event: JsonObject): string {
  const of = valueAt(event, "involvedObject");
  return oneLine(
    `${textAt(of, "kind")}/${textAt(of, "name")}: ${textAt(event, "reason")}: ${textAt(event, "message")}`,
  );
}

function timeOf(event: JsonObject): string {
  return textAt(event, "lastTimestamp") || textAt(event, "eventTime") || textAt(event, "metadata", "creationTimestamp");
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").replace(/[: ]+$/, "");
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
