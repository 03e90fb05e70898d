import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../json/index.js";
import { type KubeObject, serverMetadata } from "../../object/index.js";
import { textAt, valueAt } from "./fields.js";
import { ourEntry } from "./takeover.js";

/** Tells whether two states of one object are the same to their user, and we own the same fields of both. */
export function isSameState(live: KubeObject, dryRun: KubeObject): boolean {
  return (
    isDeepStrictEqual(essence(live), essence(dryRun)) &&
    isDeepStrictEqual(valueAt(ourEntry(live), "fieldsV1"), valueAt(ourEntry(dryRun), "fieldsV1"))
  );
}

function essence(object: KubeObject): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  const kept = Object.entries(metadata).filter(([key]) => !serverMetadata.has(key));
  return { ...rest, metadata: Object.fromEntries(kept) };
}

/**
 * Tells from a dry run alone that applying changes nothing: the API renews the time of our entry in `managedFields` whenever
 * an apply changes a value or a field of ours, so an entry older than the request means no change. False means unknown (times
 * have a resolution of one second).
 *
 * @param serverTimeMs The Date header of the answer; @param tookMs How long the request took
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ (`managedFields.time`)
 */
export function isUntouched(dryRun: KubeObject, serverTimeMs: number, tookMs: number): boolean {
  const changedAtMs = Date.parse(textAt(ourEntry(dryRun), "time"));
  return changedAtMs < serverTimeMs - tookMs - 2000;
}
