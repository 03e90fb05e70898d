import type { InstanceId } from "../inventory/index.js";
import type { Target } from "../target/index.js";
import { carryOutDeletion, planDeletion, rehearseDeletion } from "./deletion.js";
import { recordedSecrets } from "./earlier-values.js";
import type { InstanceResult } from "./events.js";
import { createMasker } from "./mask.js";
import { type DeleteBundleOptions, startRun } from "./options.js";
import { readInstance } from "./read-instance.js";

/**
 * Deletes one instance and everything that it owns, as {@link deleteBundle} does for all of a bundle. It may be one of a bundle.
 *
 * @throws {UnknownInstanceError} Where the target does not have it
 * @throws {DependentsError} Where something would go that is not the instance's; nothing was changed
 * @throws {ApplyError} Where something is not gone in time; the record stays
 * @example
 * ```ts
 * await deleteInstance({ name: "web", namespace: "apps" }, target, { now: () => new Date() });
 * ```
 */
export async function deleteInstance(
  instance: InstanceId,
  target: Target,
  options: Omit<DeleteBundleOptions, "namespaces">,
): Promise<InstanceResult> {
  const base = startRun(target, options);
  await target.check(base.signal);
  const record = await readInstance(instance, target, base.signal);
  const run = { ...base, mask: createMasker(recordedSecrets([record])) };
  const deletion = await planDeletion(run, [record]);
  run.emit({ type: "preflight-done", bundle: record.bundle, instances: 1, objects: deletion.sentences.length });
  const [result] = options.dryRun === true ? rehearseDeletion(run, deletion) : await carryOutDeletion(run, deletion);
  if (result === undefined) throw new TypeError("a deleted instance has a result");
  return result;
}
