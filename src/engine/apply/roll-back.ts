import { SheafError, throwFaults } from "../diagnostics/index.js";
import { type InstanceId, type InstanceRecord, idOf, instanceKey } from "../inventory/index.js";
import { refKey, refOf } from "../object/index.js";
import { type BundlePlan, type InstancePlan, planBundle, type RenderedInstance } from "../plan/index.js";
import { type AppliedInstance, type ApplyRun, applyObjects, promoteInstance, pruneInstance } from "./apply-instance.js";
import { carryOutDeletion, planDeletion } from "./deletion.js";
import { ApplyError, type Rollback } from "./errors.js";
import type { Restore, Run } from "./options.js";
import { planPruning } from "./prune.js";
import { changesRecord, planRecord } from "./record-steps.js";
import { loadRecords } from "./records.js";

/** The recorded revisions of the instances that an apply changes, rendered, by `instanceKey`. */
export type WayBack = ReadonlyMap<string, RenderedInstance>;

/**
 * Renders what the target has recorded of the instances that an apply changes. Writes nothing.
 *
 * @throws {ApplyError} `no-way-back`, for every revision that cannot be rendered any more
 */
export async function findWayBack(run: Run, { instances }: BundlePlan, restore: Restore): Promise<WayBack> {
  const faults: SheafError[] = [];
  const wayBack = new Map<string, RenderedInstance>();
  for (const plan of instances) {
    const { record } = plan;
    if (record === undefined || record.installing || !changesRecord(planRecord(plan, ""))) continue;
    const { name, version, digest } = record.instance.module;
    try {
      const rendered = await restore(record.instance);
      wayBack.set(instanceKey(plan), rendered);
      if (rendered.module.digest === digest) continue;
      const message =
        `instance "${plan.name}": the module ${name} ${version} with the recorded digest ${digest} is not to be had; ` +
        `on failure ${version} goes back in with the digest ${rendered.module.digest}`;
      run.emit({ type: "warning", code: "module-replaced", message });
    } catch (error) {
      if (!(error instanceof SheafError)) throw error;
      const detail = `cannot go back to the recorded revision (${name} ${version}) if the apply fails; apply without --atomic, or make it available: ${error.message}`;
      faults.push(new ApplyError("no-way-back", { instance: plan }, run.mask.text(detail), { cause: error }));
    }
  }
  throwFaults(faults);
  return wayBack;
}

/**
 * Takes a bundle back to its recorded revisions: those that were upgraded are applied as they were, the last first; then
 * what is new in them is pruned, and instances whose first install had begun are removed. The records tell all of it, so
 * that a run after a crash finds the same state to go back to.
 */
export async function rollBack(run: ApplyRun, { bundle, instances }: BundlePlan, wayBack: WayBack): Promise<Rollback> {
  const faults: SheafError[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SheafError)) throw error;
      faults.push(error);
      return undefined;
    }
  };
  const restored: InstanceId[] = [];
  const removed: InstanceId[] = [];
  await attempt(async () => {
    const records = await loadRecords(run, bundle, instances);
    const plans = planRestoration(bundle, instances, records, wayBack);
    const again = await startAgain(run, { bundle, instances: plans, unnamed: [] });
    const applied: AppliedInstance[] = [];
    for (const plan of [...plans].reverse()) {
      const done = await attempt(() => applyObjects(again, plan));
      if (done === undefined) continue;
      faults.push(...done.notReady);
      applied.push(done);
    }
    for (const done of applied) {
      const isDone = await attempt(async () => {
        await pruneInstance(again, done);
        await promoteInstance(again, done);
        return true;
      });
      if (!isDone || !changesRecord(done.steps)) continue;
      restored.unshift(idOf(done.plan));
      run.emit({ type: "instance-restored", instance: idOf(done.plan), module: done.plan.revision.module });
    }
    const planned = new Set(instances.map(instanceKey));
    const begun = records.filter((record) => record.installing && planned.has(instanceKey(record)));
    if (begun.length === 0) return;
    const rendered = new Set(plans.flatMap(({ objects }) => objects.map((object) => refKey(refOf(object)))));
    const gone = await carryOutDeletion(again, await planDeletion(again, begun, { rendered }));
    removed.push(...gone.map(idOf));
  });
  return { restored, removed, faults };
}

/** What has to be done for the instances that have a recorded revision: their place, owner and values stay as recorded. */
function planRestoration(
  bundle: string | undefined,
  instances: readonly InstancePlan[],
  records: readonly InstanceRecord[],
  wayBack: WayBack,
): InstancePlan[] {
  const known = new Set(records.map(instanceKey));
  const earlier = instances.flatMap((plan) =>
    known.has(instanceKey(plan)) ? (wayBack.get(instanceKey(plan)) ?? []) : [],
  );
  const { instances: plans } = planBundle({ name: bundle, instances: earlier }, records, { overwriteOwnership: true });
  return plans.map((plan) => {
    const { bundle: owner, values = "" } = plan.record?.instance ?? {};
    const { bundle: _, ...revision } = plan.revision;
    return {
      ...plan,
      order: plan.record?.order ?? plan.order,
      revision: { ...revision, ...(owner !== undefined && { bundle: owner }), values },
    };
  });
}

/** A run on the same target that trusts nothing that was seen before. */
async function startAgain(run: ApplyRun, plan: BundlePlan): Promise<ApplyRun> {
  return {
    ...run,
    preflight: {
      plan,
      previews: new Map(),
      missingNamespaces: new Map(),
      pruning: await planPruning(run, plan, []),
    },
    applied: new Map(),
    madeNamespaces: new Set(),
    promotions: [],
  };
}
