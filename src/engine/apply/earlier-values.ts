import { evaluate, parse } from "../cue/index.js";
import type { SecretValue } from "../diagnostics/index.js";
import type { InstanceRecord, InstanceRevision } from "../inventory/index.js";
import { isJsonObject, type JsonValue, toJson } from "../json/index.js";
import type { BundlePlan } from "../plan/index.js";

/**
 * What the recorded revisions of a bundle have in their values and its new ones have not. A record does not tell which of
 * its values came from the runtime, so any of these may have. What a record shows anyway (images, the module's version) is
 * no secret.
 */
export function earlierValues({ instances, unnamed }: BundlePlan): SecretValue[] {
  const records = [...instances.flatMap(({ record }) => record ?? []), ...unnamed];
  const revisions = records.flatMap(revisionsOf);
  const known = new Set(instances.flatMap(({ revision }) => scalarsOf(readValues(revision.values))));
  const open = revisions.flatMap(({ images, module }) => [...images, `v${module.version}`]);
  const found = revisions.flatMap(({ values }) => scalarsOf(readValues(values)));
  return [...new Set(found)].filter(
    (value) => value !== "" && !known.has(value) && !open.some((text) => text.includes(String(value))),
  );
}

function revisionsOf({ instance, pending }: InstanceRecord): InstanceRevision[] {
  return pending === undefined ? [instance] : [instance, pending];
}

/** Recorded values: JSON where sheaf wrote them, CUE where Timoni did. */
function readValues(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    const { value } = evaluate([parse(text, "values").file]);
    // Of what cannot be read nothing is known but its text.
    return value === undefined ? text.split("\n") : toJson(value);
  }
}

function scalarsOf(value: JsonValue): SecretValue[] {
  if (typeof value === "string" || typeof value === "number") return [value];
  if (Array.isArray(value)) return value.flatMap(scalarsOf);
  return isJsonObject(value) ? Object.values(value).flatMap(scalarsOf) : [];
}
