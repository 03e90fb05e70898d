import type { JsonObject } from "../json/index.js";
import { isClusterKind } from "./scope.js";

/** A Kubernetes object as data. What is not named here is carried as it is. */
export type KubeObject = JsonObject & {
  apiVersion: string;
  kind: string;
  metadata: JsonObject & { name: string; namespace?: string };
};

/** Which object is meant: `version` is the API version to speak, not a part of the identity. */
export type ObjectRef = Readonly<{ group: string; version: string; kind: string; namespace: string; name: string }>;

/** The reference of an object; `namespace` is empty for an object without one, and for one of a kind that is in none. */
export function refOf(object: KubeObject): ObjectRef {
  const slash = object.apiVersion.indexOf("/");
  return withScope({
    group: slash < 0 ? "" : object.apiVersion.slice(0, slash),
    version: object.apiVersion.slice(slash + 1),
    kind: object.kind,
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
  });
}

/** The reference without a namespace where its kind is known to be in none: servers drop it there, so it names nothing. */
export function withScope(ref: ObjectRef, isCluster: (ref: ObjectRef) => boolean = isClusterKind): ObjectRef {
  return ref.namespace !== "" && isCluster(ref) ? { ...ref, namespace: "" } : ref;
}

/** Whether an object is a Secret of the core group. */
export function isSecret({ apiVersion, kind }: Readonly<{ apiVersion: string; kind: string }>): boolean {
  return apiVersion === "v1" && kind === "Secret";
}

/** The `apiVersion` field of a reference: `apps/v1`, `v1`. */
export function apiVersionOf(ref: Pick<ObjectRef, "group" | "version">): string {
  return ref.group === "" ? ref.version : `${ref.group}/${ref.version}`;
}

/** A key that is equal for two references of one object (the API version does not count). */
export function refKey(ref: ObjectRef): string {
  return `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** The reference as people read it: `Deployment/flux-system/flux`, `Namespace/apps`. */
export function formatRef(ref: ObjectRef): string {
  return ref.namespace === "" ? `${ref.kind}/${ref.name}` : `${ref.kind}/${ref.namespace}/${ref.name}`;
}
