import type { ObjectRef } from "./object.js";

/** Whether a reference is that of a CustomResourceDefinition. */
export function isDefinition({ group, kind }: Pick<ObjectRef, "group" | "kind">): boolean {
  return group === "apiextensions.k8s.io" && kind === "CustomResourceDefinition";
}

/** Whether a reference is that of a Namespace. */
export function isNamespace({ group, kind }: Pick<ObjectRef, "group" | "kind">): boolean {
  return group === "" && kind === "Namespace";
}
