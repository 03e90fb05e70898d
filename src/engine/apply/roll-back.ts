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
import { loadRecords, maskError } from "./records.js";

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
      const cause = maskError(error, run.mask);
      const detail = `cannot go back to the recorded revision (${name} ${version}) if the apply fails; apply without --atomic, or make it available: ${cause.message}`;
      faults.push(new ApplyError("no-way-back", { instance: plan }, detail, { cause }));
    }
  }
  throwFaults(faults);
  return wayBack;
}

/**
 * Takes a bundle back to its recorded revisions: those that were upgraded are applied as they were, the last first; then
 * instances whose first install had begun are removed, since they may need what is new in the others; that goes last. The
 * records tell all of it, so that a run after a crash finds the same state to go back to.
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
    const plan = { bundle, instances: plans, unnamed: [] };
    const again = startAgain(run, plan);
    const applied: AppliedInstance[] = [];
    for (const earlier of [...plans].reverse()) {
      const done = await attempt(() => applyObjects(again, earlier));
      if (done === undefined) continue;
      faults.push(...done.notReady);
      applied.push(done);
    }
    removed.push(...((await attempt(() => removeBegun(again, instances, plans, records))) ?? []));
    const pruning = await planPruning(again, plan, again.applied.values());
    const clean = { ...again, preflight: { ...again.preflight, pruning } };
    for (const done of applied) {
      const isDone = await attempt(async () => {
        await pruneInstance(clean, done);
        await promoteInstance(clean, done);
        return true;
      });
      if (!isDone || !changesRecord(done.steps)) continue;
      restored.unshift(idOf(done.plan));
      run.emit({ type: "instance-restored", instance: idOf(done.plan), module: done.plan.revision.module });
    }
  });
  return { restored, removed, faults };
}

/** Removes the instances whose first install had begun; what has gone back to a restored one stays. */
async function removeBegun(
  run: ApplyRun,
  instances: readonly InstancePlan[],
  restored: readonly InstancePlan[],
  records: readonly InstanceRecord[],
): Promise<InstanceId[]> {
  const planned = new Set(instances.map(instanceKey));
  const begun = records.filter((record) => record.installing && planned.has(instanceKey(record)));
  if (begun.length === 0) return [];
  const rendered = new Set(restored.flatMap(({ objects }) => objects.map((object) => refKey(refOf(object)))));
  return (await carryOutDeletion(run, await planDeletion(run, begun, { rendered }))).map(idOf);
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
function startAgain(run: ApplyRun, plan: BundlePlan): ApplyRun {
  const pruning = { own: new Set<string>(), inUse: new Set<string>(), rendered: new Set<string>() };
  return {
    ...run,
    preflight: { plan, previews: new Map(), missingNamespaces: new Map(), pruning },
    applied: new Map(),
    madeNamespaces: new Set(),
    promotions: [],
  };
}
