import { evaluate, parse } from "../cue/index.js";
import type { SecretValue } from "../diagnostics/index.js";
import { type InstanceRecord, type InstanceRevision, protocol } from "../inventory/index.js";
import { isJsonObject, type JsonValue, toJson } from "../json/index.js";
import type { BundlePlan } from "../plan/index.js";

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

/** The values of a revision that may have come from the runtime: those that it notes, or all where it does not. */
function suspectsOf({ values, module }: InstanceRevision): SecretValue[] {
  const all = readValues(values);
  const note = module.annotations?.[protocol.annotation.runtimeValues];
  const paths = note === undefined ? undefined : tryParseJson(note);
  if (!Array.isArray(paths)) return scalarsOf(all);
  return paths.flatMap((path) => (Array.isArray(path) ? scalarsOf(valueAt(all, path.map(String))) : scalarsOf(all)));
}

function valueAt(value: JsonValue, path: readonly string[]): JsonValue {
  let at: JsonValue = value;
  for (const step of path) {
    if (Array.isArray(at)) at = at[Number(step)] ?? null;
    else at = isJsonObject(at) && Object.hasOwn(at, step) ? (at[step] ?? null) : null;
  }
  return at;
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

function scalarsOf(value: JsonValue): SecretValue[] {
  if (typeof value === "string" || typeof value === "number") return [value];
  if (Array.isArray(value)) return value.flatMap(scalarsOf);
  return isJsonObject(value) ? Object.values(value).flatMap(scalarsOf) : [];
}
