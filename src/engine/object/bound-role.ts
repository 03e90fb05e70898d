import { isJsonObject } from "../json/index.js";
import { type KubeObject, type ObjectRef, refOf } from "./object.js";

/** The Role or ClusterRole that a RoleBinding or ClusterRoleBinding binds; undefined for other objects. */
export function boundRole(object: KubeObject): ObjectRef | undefined {
  const ref = refOf(object);
  if (ref.group !== "rbac.authorization.k8s.io" || !ref.kind.endsWith("RoleBinding")) return undefined;
  const { roleRef } = object;
  if (!isJsonObject(roleRef) || typeof roleRef.kind !== "string" || typeof roleRef.name !== "string") return undefined;
  const namespace = roleRef.kind === "Role" ? ref.namespace : "";
  return { ...ref, kind: roleRef.kind, name: roleRef.name, namespace };
}
