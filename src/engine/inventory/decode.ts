import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { annotationOf, type KubeObject, labelOf, type ObjectRef } from "../object/index.js";
import { tryParseEntryId } from "./entry-id.js";
import { RecordError } from "./errors.js";
import { protocol } from "./names.js";
import type { InstanceRecord, InstanceRevision, ModuleReference } from "./record.js";

const protocolLabels = new Set<string>(Object.values(protocol.label));
const protocolAnnotations = new Set<string>(Object.values(protocol.annotation));

/**
 * Reads a record from its Secret. Tolerant of what Timoni writes: unknown fields, missing optional ones, a bundle that
 * only the Instance names, values as CUE text.
 *
 * @throws {RecordError} Where the Secret holds no Instance, or one that names no objects readably
 */
export function decodeRecord(secret: KubeObject): InstanceRecord {
  const subject = `${secret.metadata.namespace ?? ""}/${secret.metadata.name}`;
  const fail = (detail: string, cause?: unknown): never => {
    throw new RecordError(subject, detail, cause === undefined ? undefined : { cause });
  };
  const data = isJsonObject(secret.data) ? secret.data : {};
  const instance = decodeRevision(data.instance, "instance", fail);
  const pending = Object.hasOwn(data, "pending") ? decodeRevision(data.pending, "pending", fail) : undefined;
  const namespace = secret.metadata.namespace ?? instance.namespace;
  if (instance.namespace !== namespace) fail(`it is in namespace ${namespace}, but names ${instance.namespace}`);
  // Of a record that is being taken over, the pending revision tells the owner.
  const bundle = labelOf(secret, protocol.label.bundle) ?? (pending ?? instance).bundle;
  const order = annotationOf(secret, protocol.annotation.order);
  const deleting = annotationOf(secret, protocol.annotation.deleting);
  const installing = annotationOf(secret, protocol.annotation.installing) === instance.lastTransitionTime;
  const { creationTimestamp, resourceVersion } = secret.metadata;
  return {
    name: instance.name,
    namespace,
    ...(bundle === undefined ? {} : { bundle }),
    ...(order !== undefined && /^\d{1,15}$/.test(order) ? { order: Number(order) } : {}),
    ...(deleting === undefined ? {} : { deleting }),
    ...(installing && { installing }),
    ...(typeof creationTimestamp === "string" ? { creationTimestamp } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
    instance,
    ...(pending === undefined ? {} : { pending }),
    foreign: {
      labels: textsWithout(secret.metadata.labels, protocolLabels),
      annotations: textsWithout(secret.metadata.annotations, protocolAnnotations),
    },
  };
}

type Fail = (detail: string, cause?: unknown) => never;

function decodeRevision(encoded: JsonValue | undefined, key: string, fail: Fail): InstanceRevision {
  if (typeof encoded !== "string") return fail(`data.${key} is missing`);
  const json = parseJson(Buffer.from(encoded, "base64").toString("utf8"), key, fail);
  if (!isJsonObject(json)) return fail(`data.${key} is no JSON object`);
  if (json.kind !== undefined && json.kind !== protocol.recordKind)
    fail(`data.${key} is of another kind than ${protocol.recordKind}`);
  const metadata = isJsonObject(json.metadata) ? json.metadata : {};
  const name = textAt(metadata, "name");
  const namespace = textAt(metadata, "namespace");
  if (name === "" || namespace === "") return fail(`data.${key} has no metadata.name and metadata.namespace`);
  const bundle = isJsonObject(metadata.labels) ? textAt(metadata.labels, protocol.label.bundle) : "";
  return {
    name,
    namespace,
    ...(bundle === "" ? {} : { bundle }),
    module: decodeModule(json.module),
    values: textAt(json, "values"),
    lastTransitionTime: textAt(json, "lastTransitionTime"),
    inventory: decodeEntries(json.inventory, key, fail),
    images: Array.isArray(json.images) ? json.images.filter((image) => typeof image === "string") : [],
  };
}

function decodeModule(json: JsonValue | undefined): ModuleReference {
  const module = isJsonObject(json) ? json : {};
  const annotations = textsWithout(module.annotations, new Set());
  return {
    name: textAt(module, "name"),
    repository: textAt(module, "repository"),
    version: textAt(module, "version"),
    digest: textAt(module, "digest"),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

function decodeEntries(json: JsonValue | undefined, key: string, fail: Fail): ObjectRef[] {
  const entries = isJsonObject(json) ? (json.entries ?? []) : [];
  if (!Array.isArray(entries)) return fail(`data.${key}.inventory.entries is no list`);
  return entries.map((entry, index) => {
    const at = `data.${key}.inventory.entries[${index}]`;
    if (!isJsonObject(entry) || typeof entry.id !== "string" || typeof entry.v !== "string")
      return fail(`${at} has no id and v`);
    return (
      tryParseEntryId(entry.id, entry.v) ?? fail(`${at}.id is ${entry.id}, expected <namespace>_<name>_<group>_<kind>`)
    );
  });
}

/** The parser's own message quotes the text, which may hold secret values: only its kind is passed on. */
function parseJson(text: string, key: string, fail: Fail): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return fail(`data.${key} is no base64 of JSON`);
  }
}

function textAt(object: JsonObject, key: string): string {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === "string" ? value : "";
}

function textsWithout(map: JsonValue | undefined, without: ReadonlySet<string>): Record<string, string> {
  const texts = isJsonObject(map) ? Object.entries(map) : [];
  return Object.fromEntries(
    texts.flatMap(([key, text]) => (typeof text === "string" && !without.has(key) ? [[key, text]] : [])),
  );
}
