import { protocol } from "../../inventory/index.js";
import { isJsonObject, type JsonObject, type JsonValue, setKey } from "../../json/index.js";
import type { KubeObject } from "../../object/index.js";
import { objectsAt, textAt, valueAt } from "./fields.js";

/** Annotations by which kubectl and Helm keep their own record of an object. */
const foreignAnnotations = [
  "kubectl.kubernetes.io/last-applied-configuration",
  "meta.helm.sh/release-name",
  "meta.helm.sh/release-namespace",
];

/** Managers whose fields become ours: any `kubectl…`, what was there before the first apply, and Helm. */
function isForeign(entry: JsonObject): boolean {
  const manager = textAt(entry, "manager");
  // A subresource's fields (status, scale) belong to whoever reports or scales.
  if (textAt(entry, "subresource") !== "") return false;
  return manager.startsWith("kubectl") || manager === "before-first-apply" || manager === "helm";
}

function isOurs(entry: JsonObject): boolean {
  return (
    textAt(entry, "manager") === protocol.fieldManager &&
    textAt(entry, "operation") === "Apply" &&
    textAt(entry, "subresource") === ""
  );
}

function managedFields(object: KubeObject): JsonObject[] {
  return objectsAt(object, "metadata", "managedFields");
}

/** The fields of one entry of `managedFields`, as the tree that the API writes. */
function fieldsOf(entry: JsonObject | undefined): JsonObject {
  const fields = valueAt(entry, "fieldsV1");
  return isJsonObject(fields) ? fields : {};
}

/** The entry that says which fields are ours, if any. */
export function ourEntry(object: KubeObject): JsonObject | undefined {
  return managedFields(object).find(isOurs);
}

/** Tells whether other tools own fields of the live object, or have left their records on it. */
export function needsTakeover(live: KubeObject, wanted: KubeObject): boolean {
  return managedFields(live).some(isForeign) || leftovers(live, wanted).length > 0;
}

function leftovers(live: KubeObject, wanted: KubeObject): string[] {
  return foreignAnnotations.filter(
    (name) =>
      valueAt(live, "metadata", "annotations", name) !== undefined &&
      valueAt(wanted, "metadata", "annotations", name) === undefined,
  );
}

/**
 * The JSON Patch that makes the fields of other tools ours, so that the next apply removes those which the wanted object
 * does not set. It holds only for the live object's resourceVersion.
 */
export function takeoverPatch(live: KubeObject, wanted: KubeObject): JsonObject[] {
  const entries = managedFields(live);
  const foreign = entries.filter(isForeign);
  const own = ourEntry(live);
  const rest = entries.filter((entry) => entry !== own && !foreign.includes(entry));
  const template = own ?? foreign[0];
  const patch: JsonObject[] = [];
  if (foreign.length > 0 && template !== undefined) {
    const fields = [own, ...foreign].map(fieldsOf).reduce(union);
    const merged: JsonObject = {
      ...template,
      manager: protocol.fieldManager,
      operation: "Apply",
      fieldsType: "FieldsV1",
      fieldsV1: fields,
    };
    patch.push({ op: "replace", path: "/metadata/managedFields", value: [...rest, merged] });
  }
  for (const name of leftovers(live, wanted))
    patch.push({ op: "remove", path: `/metadata/annotations/${name.replaceAll("~", "~0").replaceAll("/", "~1")}` });
  // Replacing the version with the one that was read makes the server refuse the patch when the object has changed since.
  patch.push({ op: "replace", path: "/metadata/resourceVersion", value: textAt(live, "metadata", "resourceVersion") });
  return patch;
}

/**
 * What an object will be when the fields of other tools have been taken over.
 *
 * @param dryRun The server's answer to a dry run of the apply without the takeover
 * @param fresh What the server would make of the wanted object if there were none yet: other tools own defaults too,
 *   and those come back
 */
export function previewTakeover(dryRun: KubeObject, wanted: KubeObject, fresh: KubeObject | undefined): KubeObject {
  const after = structuredClone(dryRun);
  const entries = managedFields(dryRun);
  const kept = entries.filter((entry) => !isForeign(entry)).map(fieldsOf);
  for (const entry of entries.filter(isForeign)) removeFields(after, fieldsOf(entry), kept, fresh);
  const annotations = valueAt(after, "metadata", "annotations");
  if (isJsonObject(annotations)) for (const name of leftovers(after, wanted)) delete annotations[name];
  return after;
}

function union(a: JsonObject, b: JsonObject): JsonObject {
  const merged: JsonObject = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const there = merged[key];
    merged[key] = isJsonObject(there) && isJsonObject(value) ? union(there, value) : value;
  }
  return merged;
}

/**
 * Removes from a value the fields of one tree that no tree of `kept` holds. Keys are those of FieldsV1: `f:name` is a
 * field, `k:{…}` the list item with these keys, `v:…` the list item with this value, `.` the thing itself. What `fresh`
 * has at the same place comes in place of what is removed.
 */
function removeFields(
  value: JsonValue,
  fields: JsonObject,
  kept: readonly JsonObject[],
  fresh: JsonValue | undefined,
): void {
  for (const [key, inner] of Object.entries(fields)) {
    const place = placeOf(value, key);
    if (place === undefined || !isJsonObject(inner)) continue;
    const keepers = kept.map((tree) => tree[key]).filter(isJsonObject);
    const isWhole = Object.keys(inner).length === 0 || Object.hasOwn(inner, ".");
    const anew = fresh === undefined ? undefined : placeOf(fresh, key)?.value;
    if (keepers.length === 0 && isWhole) {
      if (anew === undefined) place.remove();
      else place.replace(structuredClone(anew));
      continue;
    }
    removeFields(place.value, inner, keepers, anew);
    if (keepers.length === 0 && anew === undefined && isEmpty(place.value)) place.remove();
  }
}

function isEmpty(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

type Place = Readonly<{ value: JsonValue; remove(): void; replace(by: JsonValue): void }>;

function placeOf(value: JsonValue, key: string): Place | undefined {
  const name = key.slice(2);
  if (key.startsWith("f:") && isJsonObject(value)) {
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    if (found === undefined) return undefined;
    return { value: found, remove: () => delete value[name], replace: (by) => setKey(value, name, by) };
  }
  if (!Array.isArray(value) || !/^[kvi]:/.test(key)) return undefined;
  const wanted: JsonValue = JSON.parse(name);
  const at = value.findIndex((item, index) => {
    if (key.startsWith("i:")) return index === wanted;
    if (key.startsWith("v:")) return item === wanted;
    return isJsonObject(wanted) && Object.entries(wanted).every(([field, v]) => valueAt(item, field) === v);
  });
  const found = value[at];
  if (found === undefined) return undefined;
  return { value: found, remove: () => value.splice(at, 1), replace: (by) => value.splice(at, 1, by) };
}
