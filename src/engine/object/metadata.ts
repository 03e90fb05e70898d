import { isJsonObject, type JsonValue } from "../json/index.js";
import type { KubeObject } from "./object.js";

/** What a server keeps in the metadata of every object for itself: it differs at every write and tells a reader nothing. */
export const serverMetadata: ReadonlySet<string> = new Set([
  "managedFields",
  "resourceVersion",
  "uid",
  "generation",
  "creationTimestamp",
  "selfLink",
]);

/** A label of an object, or undefined where it has none of that key. */
export function labelOf(object: KubeObject, key: string): string | undefined {
  return textOf(object.metadata.labels, key);
}

/** An annotation of an object, or undefined where it has none of that key. */
export function annotationOf(object: KubeObject, key: string): string | undefined {
  return textOf(object.metadata.annotations, key);
}

/** Tells a Kubernetes object from other data that a file or an API may hold. */
export function isKubeObject(value: unknown): value is KubeObject {
  return (
    isJsonObject(value) &&
    typeof value.apiVersion === "string" &&
    typeof value.kind === "string" &&
    isJsonObject(value.metadata) &&
    typeof value.metadata.name === "string" &&
    (value.metadata.namespace === undefined || typeof value.metadata.namespace === "string")
  );
}

function textOf(map: JsonValue | undefined, key: string): string | undefined {
  if (!isJsonObject(map) || !Object.hasOwn(map, key)) return undefined;
  const value = map[key];
  return typeof value === "string" ? value : undefined;
}
