import { equalJson } from "../../json/index.js";
import { formatRef, type KubeObject, type ObjectRef, refOf } from "../../object/index.js";
import { TargetError } from "../errors.js";
import type { Api } from "./api.js";
import { textAt, textsAt, valueAt } from "./fields.js";
import { abortError } from "./pause.js";

/** What keeps a Namespace that is being deleted, with its finalizers. */
export type Holder = Readonly<{ ref: ObjectRef; finalizers: readonly string[] }>;

/**
 * Finds what can keep a Namespace that is being deleted: finalizers of its own, objects in it that have some, and Pods, which
 * take their time. Where there is none, Kubernetes removes the Namespace without anybody's doing. It waits for five seconds
 * before it looks, so that every API server refuses new objects by then.
 *
 * @returns None for a Namespace that is gone; undefined where the user may not look at all of it, or the server cannot tell
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/namespace/deletion/namespaced_resources_deleter.go
 */
export async function findHolders(api: Api, namespace: ObjectRef, signal?: AbortSignal): Promise<Holder[] | undefined> {
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  try {
    const resource = await api.discovery.find(namespace, either);
    const live = resource && (await api.getFrom(resource, namespace, either));
    if (live === undefined) return [];
    if (!isLeftToKubernetes(live)) return [holderOf(live)];
    const resources = await api.discovery.namespacedContents(either);
    const query = { namespace: namespace.name, part: "metadata" } as const;
    const contents = await Promise.all(resources.map((each) => api.list(each, query, either)));
    return contents
      .flat()
      .filter((object) => isPod(object) || holderOf(object).finalizers.length > 0)
      .map(holderOf);
  } catch (error) {
    if (signal?.aborted === true) throw abortError(signal);
    if (error instanceof TargetError) return undefined;
    throw error;
  } finally {
    stop.abort(); // after one refusal the other lists tell nothing
  }
}

/** `PersistentVolumeClaim/apps/data holds it (finalizers: kubernetes.io/pvc-protection)`. */
export function describeHolder({ ref, finalizers }: Holder): string {
  return `${formatRef(ref)} holds it${finalizers.length === 0 ? "" : ` (finalizers: ${finalizers.join(", ")})`}`;
}

/** Whether nothing but what is in the Namespace keeps it: it is being deleted, and nobody else has a say in that. */
function isLeftToKubernetes(namespace: KubeObject): boolean {
  const isGoing = textAt(namespace, "metadata", "deletionTimestamp") !== "";
  const isKubernetesOwn = equalJson(valueAt(namespace, "spec", "finalizers") ?? [], ["kubernetes"]);
  return isGoing && isKubernetesOwn && textsAt(namespace, "metadata", "finalizers").length === 0;
}

function isPod({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === "v1" && kind === "Pod";
}

function holderOf(object: KubeObject): Holder {
  return { ref: refOf(object), finalizers: textsAt(object, "metadata", "finalizers") };
}
