import { isJsonObject } from "../json/index.js";
import { isClusterKind, type KubeObject, type ObjectRef, refOf } from "../object/index.js";
import type { RenderedInstance } from "./input.js";

/** Tells whether objects of a kind are in no namespace. */
export type IsClusterKind = (ref: ObjectRef) => boolean;

/** Knows the kinds of Kubernetes, and those that definitions among the objects bring. */
export function clusterKindsOf(objects: readonly KubeObject[]): IsClusterKind {
  const brought = new Set(
    objects.flatMap(({ kind, spec }) => {
      if (kind !== "CustomResourceDefinition" || !isJsonObject(spec) || spec.scope !== "Cluster") return [];
      return isJsonObject(spec.names) ? `${spec.group}/${spec.names.kind}` : [];
    }),
  );
  return (ref) => isClusterKind(ref) || brought.has(`${ref.group}/${ref.kind}`);
}

/**
 * The instance with no namespace on objects that are in none: a server drops it, and without it the object has one
 * identity only.
 */
export function withoutIdleNamespaces(instance: RenderedInstance, isIdle: IsClusterKind): RenderedInstance {
  const clean = (object: KubeObject): KubeObject => {
    const { namespace, ...metadata } = object.metadata;
    if (namespace === undefined || !isIdle(refOf(object))) return object;
    return { ...object, metadata: { ...metadata, name: object.metadata.name } };
  };
  return {
    ...instance,
    objects: instance.objects.map(clean),
    ...(instance.sets && { sets: instance.sets.map((set) => ({ ...set, objects: set.objects.map(clean) })) }),
  };
}
