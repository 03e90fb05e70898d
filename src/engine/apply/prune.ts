import { type ObjectRef, refKey } from "../object/index.js";
import type { InstancePlan } from "../plan/index.js";
import { deleteObjects } from "./delete-objects.js";
import { guardDefinitions } from "./dependents.js";
import { judge, type Sentence } from "./doomed.js";
import { checkAborted, type Run } from "./options.js";
import { showDeletion } from "./show.js";
import { waitFor } from "./wait.js";

/**
 * Deletes what an instance no longer has, and waits for it where the run waits. Counts and tells of what is deleted and
 * what is kept.
 *
 * @param inUse Namespaces that stay
 */
export async function prune(
  run: Run,
  plan: InstancePlan,
  inUse: ReadonlySet<string>,
  counts: Record<"deleted" | "kept", number>,
): Promise<void> {
  const sentences = await judgeStale(run, plan, inUse);
  if (sentences.length === 0) return;
  checkAborted(run);
  const kept = sentences.filter((sentence) => sentence.kept !== undefined);
  for (const sentence of kept) run.emit(showDeletion(run, sentence));
  counts.kept += kept.length;
  const doomed = sentences.filter((sentence) => sentence.kept === undefined);
  await deleteCustomResources(
    run,
    plan,
    doomed.map(({ ref }) => ref),
  );
  counts.deleted += await deleteObjects(run, doomed, run.wait);
}

/** What pruning an instance would do to each stale object that is still there. */
export function judgeStale(run: Run, plan: InstancePlan, inUse: ReadonlySet<string>): Promise<Sentence[]> {
  const { name, namespace, stale } = plan;
  return judge(
    run,
    stale.map((ref) => ({ instance: { name, namespace }, ref })),
    inUse,
    run.diff,
  );
}

/** Custom resources go before their definitions, and must be gone before these are: what clears their finalizers may go next. */
async function deleteCustomResources(run: Run, plan: InstancePlan, doomed: readonly ObjectRef[]): Promise<void> {
  const resources = await guardDefinitions(run, doomed, new Set(doomed.map(refKey)));
  for (const ref of resources) await run.target.delete(ref, run.signal);
  await waitFor(run, "gone", resources, plan);
}
