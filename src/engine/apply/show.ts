import type { InstanceId } from "../inventory/index.js";
import { type KubeObject, refOf } from "../object/index.js";
import type { Change } from "../target/index.js";
import type { Sentence } from "./doomed.js";
import type { ApplyEvent, ObjectAction } from "./events.js";
import type { Run } from "./options.js";

/** The event that tells of an applied object, with its masked difference where the run shows any. */
export function showChange(
  run: Run,
  { name, namespace }: InstanceId,
  object: KubeObject,
  action: ObjectAction,
  change: Change,
): ApplyEvent {
  const differs = action !== "unchanged" && action !== "skipped";
  return {
    type: "object-applied",
    instance: { name, namespace },
    ref: refOf(object),
    action,
    ...(change.unchecked === undefined ? {} : { unchecked: change.unchecked }),
    ...(change.migration === undefined ? {} : { migration: change.migration }),
    ...(run.diff && differs ? { diff: run.mask.diff(change.before, change.after) } : {}),
  };
}

/** The event that tells of a deleted object, or of one that is kept. */
export function showDeletion(run: Run, { instance: { name, namespace }, ref, live, kept }: Sentence): ApplyEvent {
  const instance = { name, namespace };
  if (kept !== undefined) return { type: "object-kept", instance, ref, reason: kept };
  return {
    type: "object-deleted",
    instance,
    ref,
    ...(run.diff ? { diff: run.mask.diff(live, undefined) } : {}),
  };
}
