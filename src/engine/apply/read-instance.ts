import { evaluate, parse } from "../cue/index.js";
import { SourceError, throwFaults } from "../diagnostics/index.js";
import { decodeRecord, type InstanceId, type InstanceRecord, recordName } from "../inventory/index.js";
import { isJsonObject, type JsonObject, type JsonValue, setKey, toJson } from "../json/index.js";
import type { Target } from "../target/index.js";
import { TargetError } from "../target/index.js";
import { UnknownInstanceError } from "./errors.js";
import { tryDecodeAll } from "./records.js";
import { runtimePaths } from "./runtime-paths.js";

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
 * @throws {SourceError} Where they are no CUE that can be read; with a mask it does not quote them
 */
export function recordedValues({ instance }: InstanceRecord, mask?: string): JsonValue {
  const check = (faults: readonly SourceError[]): void =>
    throwFaults(mask === undefined ? faults : faults.map(withoutQuotes));
  const { file, errors: faults } = parse(instance.values, "values");
  check(faults);
  const { value, errors } = evaluate([file]);
  check(errors);
  const values = value === undefined ? {} : toJson(value);
  return mask === undefined ? values : hide(values, runtimePaths(instance), mask, []);
}

/** A fault that says where it is, and not what stands there. */
function withoutQuotes({ code, pos }: SourceError): SourceError {
  return new SourceError(code, "the recorded values cannot be read here; what is wrong may quote secrets", pos);
}

function hide(
  value: JsonValue,
  isHidden: (path: readonly string[]) => boolean,
  mask: string,
  path: readonly string[],
): JsonValue {
  if (Array.isArray(value)) return value.map((item, i) => hide(item, isHidden, mask, [...path, String(i)]));
  if (!isJsonObject(value)) return isHidden(path) ? mask : value;
  const hidden: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) setKey(hidden, key, hide(inner, isHidden, mask, [...path, key]));
  return hidden;
}
