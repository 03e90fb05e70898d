import { refKey, refOf } from "../object/index.js";
import type { InstancePlan } from "../plan/index.js";
import { type ApplyRun, operationOf, ownNamespace } from "./apply-instance.js";
import { type InstanceResult, isChange, newCounts } from "./events.js";
import { judgeStale } from "./prune.js";
import { changesRecord, planRecord } from "./record-steps.js";
import { showChange, showDeletion } from "./show.js";

/** Tells what applying an instance would do, from what the preflight saw, with the events of the real thing. Writes nothing. */
export async function rehearseInstance(run: ApplyRun, plan: InstancePlan): Promise<InstanceResult> {
  const { name, namespace } = plan;
  const { missingNamespaces, previews, pruning } = run.preflight;
  const instance = { name, namespace };
  const counts = newCounts();
  if (missingNamespaces.has(namespace) && !run.madeNamespaces.has(namespace)) {
    run.madeNamespaces.add(namespace);
    if (ownNamespace(plan) === undefined) run.emit({ type: "namespace-created", instance, namespace });
  }
  for (const object of plan.stages.flatMap((stage) => stage.objects)) {
    const preview = previews.get(refKey(refOf(object)));
    if (preview === undefined) continue;
    counts[preview.action]++;
    run.emit(showChange(run, instance, object, preview.action, preview.change));
  }
  for (const sentence of await judgeStale(run, plan, pruning)) {
    counts[sentence.kept === undefined ? "deleted" : "kept"]++;
    run.emit(showDeletion(run, sentence));
  }
  return {
    ...instance,
    operation: operationOf(plan),
    counts,
    changed: isChange(counts) || changesRecord(planRecord(plan, "")),
  };
}
