import { evaluate, parse } from "../cue/index.js";
import type { SecretValue } from "../diagnostics/index.js";
import type { InstanceRecord, InstanceRevision } from "../inventory/index.js";
import { isJsonObject, type JsonValue, toJson } from "../json/index.js";
import type { BundlePlan } from "../plan/index.js";
import { notesRuntime, runtimePaths } from "./runtime-paths.js";

/**
 * What the recorded revisions of a bundle have from the runtime and its new ones have not. A record that sheaf wrote notes
 * which values these are; of any other, all values may be. What a record shows anyway (images, the module's version) is no
 * secret.
 */
export function earlierValues({ instances, unnamed }: BundlePlan): SecretValue[] {
  const records = [...instances.flatMap(({ record }) => record ?? []), ...unnamed];
  const revisions = records.flatMap(revisionsOf);
  const known = new Set(instances.flatMap(({ revision }) => scalarsOf(readValues(revision.values))));
  const open = revisions.flatMap(({ images, module }) => [...images, `v${module.version}`]);
  const found = revisions.flatMap(suspectsOf);
  return [...new Set(found)].filter(
    (value) => value !== "" && !known.has(value) && !open.some((text) => text.includes(String(value))),
  );
}

/** What records have from the runtime, as far as they note it: for messages about what a cluster has, where nothing else is known. */
export function recordedSecrets(records: readonly InstanceRecord[]): SecretValue[] {
  return records.flatMap(revisionsOf).filter(notesRuntime).flatMap(suspectsOf);
}

/** The values of a revision that may have come from the runtime. */
function suspectsOf(revision: InstanceRevision): SecretValue[] {
  return scalarsOf(readValues(revision.values), runtimePaths(revision));
}

function tryParseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function revisionsOf({ instance, pending }: InstanceRecord): InstanceRevision[] {
  return pending === undefined ? [instance] : [instance, pending];
}

/** Recorded values: JSON where sheaf wrote them, CUE where Timoni did. */
function readValues(text: string): JsonValue {
  const json = tryParseJson(text);
  if (json !== undefined) return json;
  const { value } = evaluate([parse(text, "values").file]);
  // Of what cannot be read nothing is known but its text.
  return value === undefined ? text.split("\n") : toJson(value);
}

/** The texts and numbers of a value that stand where `isWanted` says so: anywhere, unless given. */
function scalarsOf(value: JsonValue, isWanted: (path: readonly string[]) => boolean = () => true): SecretValue[] {
  const collect = (inner: JsonValue, path: readonly string[]): SecretValue[] => {
    if (typeof inner === "string" || typeof inner === "number") return isWanted(path) ? [inner] : [];
    if (!Array.isArray(inner) && !isJsonObject(inner)) return [];
    return Object.entries(inner).flatMap(([step, each]) => collect(each, [...path, step]));
  };
  return collect(value, []);
}
