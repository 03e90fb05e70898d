import { evaluate, parse } from "../cue/index.js";
import { throwFaults } from "../diagnostics/index.js";
import { decodeRecord, type InstanceId, type InstanceRecord, protocol, recordName } from "../inventory/index.js";
import { isJsonObject, type JsonObject, type JsonValue, setKey, toJson } from "../json/index.js";
import type { Target } from "../target/index.js";
import { TargetError } from "../target/index.js";
import { UnknownInstanceError } from "./errors.js";
import { tryDecodeAll } from "./records.js";

/**
 * What a target has recorded of an instance.
 *
 * @throws {UnknownInstanceError} Where the target does not have it
 * @throws {RecordError} Where its record cannot be read
 */
export async function readInstance(
  instance: InstanceId,
  target: Target,
  signal?: AbortSignal,
): Promise<InstanceRecord> {
  const secret = await target.readRecord(instance.namespace, recordName(instance.name), signal);
  if (secret !== undefined) return decodeRecord(secret);
  throw new UnknownInstanceError(instance, target.description, await knownInstances(instance, target, signal));
}

/** What can be seen of the instances of a target: a hint is not worth another error. */
async function knownInstances({ namespace }: InstanceId, target: Target, signal?: AbortSignal): Promise<InstanceId[]> {
  try {
    const query = { namespaces: [namespace], onPartial: () => {} };
    return tryDecodeAll(await target.listRecords(query, signal)).records;
  } catch (error) {
    if (error instanceof TargetError) return [];
    throw error;
  }
}

/**
 * The values of a recorded instance.
 *
 * @param mask Stands in place of what came from the runtime; of a record that does not note that, of every value.
 *   Without it the values are as they were
 * @throws {SourceError} Where they are no CUE that can be read
 */
export function recordedValues({ instance }: InstanceRecord, mask?: string): JsonValue {
  const { file, errors: faults } = parse(instance.values, "values");
  throwFaults(faults);
  const { value, errors } = evaluate([file]);
  throwFaults(errors);
  const values = value === undefined ? {} : toJson(value);
  if (mask === undefined) return values;
  const paths = secretPaths(instance.module.annotations?.[protocol.annotation.runtimeValues]);
  return hide(values, (path) => paths === undefined || paths.has(JSON.stringify(path)), mask, []);
}

/** The paths that the note of a revision names, as JSON; undefined for a note that is missing or not understood. */
function secretPaths(note = ""): ReadonlySet<string> | undefined {
  try {
    const paths: unknown = JSON.parse(note);
    return Array.isArray(paths) ? new Set(paths.map((path) => JSON.stringify(path))) : undefined;
  } catch {
    return undefined;
  }
}

function hide(
  value: JsonValue,
  isSecret: (path: readonly string[]) => boolean,
  mask: string,
  path: readonly string[],
): JsonValue {
  if (Array.isArray(value)) return value.map((item, i) => hide(item, isSecret, mask, [...path, String(i)]));
  if (!isJsonObject(value)) return isSecret(path) ? mask : value;
  const hidden: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) setKey(hidden, key, hide(inner, isSecret, mask, [...path, key]));
  return hidden;
}
