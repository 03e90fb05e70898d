import { SheafError, throwFaults } from "../diagnostics/index.js";
import { formatTime, type InstanceRecord, idOf } from "../inventory/index.js";
import { type KubeObject, type ObjectRef, refKey, refOf, runsOfKind } from "../object/index.js";
import { hasControl, type InstancePlan, type Stage } from "../plan/index.js";
import { WaitError } from "../target/index.js";
import { settleAll } from "./concurrent.js";
import { type ActionCounts, type InstanceResult, isChange, newCounts, type ObjectAction } from "./events.js";
import { checkAborted, type Run, signalOf } from "./options.js";
import type { Preflight } from "./preflight.js";
import { mayRecreate, type Preview } from "./previews.js";
import { noteUids, prune } from "./prune.js";
import { changesRecord, planRecord, type RecordSteps } from "./record-steps.js";
import { failure, writeRecord } from "./records.js";
import { showChange } from "./show.js";
import { assertStillOurs } from "./still-ours.js";
import { waitFor } from "./wait.js";

/** What an apply of several instances shares. */
export type ApplyRun = Run &
  Readonly<{
    force: boolean;
    preflight: Preflight;
    /** Objects that were applied in this run, by `refKey`. */
    applied: Map<string, Preview>;
    /** Namespaces that were made in this run. */
    madeNamespaces: Set<string>;
    /** Promotions that wait until objects which have moved to later instances are these instances' by their labels. */
    promotions: Promotion[];
  }>;

/** The last write of an instance's record; it waits for the instance at place `by`. */
type Promotion = Readonly<{ plan: InstancePlan; record: InstanceRecord; by: number }>;

/** An instance whose objects were applied, before anything of it is pruned. */
export type AppliedInstance = Readonly<{
  plan: InstancePlan;
  steps: RecordSteps;
  /** As it is stored. */
  record: InstanceRecord;
  counts: Record<keyof ActionCounts, number>;
  /** The fault of objects that are not ready. */
  notReady: readonly SheafError[];
}>;

/**
 * Applies one instance: namespace, record, objects in stages, readiness, pruning, promotion. The record tells at every
 * moment which objects may exist, so that another run can finish, or delete, what this one leaves.
 *
 * @throws {SheafError} What could not be done; when readiness failed, all else is done, or tried, before. An
 *   {@link ApplyError} `record-failed` where another run has taken the instance over: then its objects are left to that one
 */
export async function applyInstance(run: ApplyRun, plan: InstancePlan): Promise<InstanceResult> {
  const applied = await applyObjects(run, plan);
  const unfinished = await tryFinish(run, applied);
  throwFaults([...applied.notReady, ...unfinished]);
  return resultOf(applied);
}

/**
 * The first half of {@link applyInstance}: all that comes before pruning. What the earlier revision had is still there.
 *
 * @throws {SheafError} What could not be done; objects that are not ready are told in the result
 */
export async function applyObjects(run: ApplyRun, plan: InstancePlan): Promise<AppliedInstance> {
  const counts = newCounts();
  const steps = planRecord(plan, formatTime(run.now()));
  await ensureNamespace(run, plan);
  const record = await announce(run, plan, steps);
  for (const stage of plan.stages) {
    if (stage.objects.some((object) => knownOutcome(run, object) === undefined)) await assertStillOurs(run, record);
    const changed = await applyStage(run, plan, stage, counts);
    if (stage.until === "established") await waitFor(run, "established", refsToAwait(changed), plan);
    if (stage.until === "ready" && run.wait) await waitFor(run, "ready", refsToAwait(stage.objects), plan);
  }
  const notReady = run.wait ? await tryWaitReady(run, plan) : [];
  return { plan, steps, record, counts, notReady };
}

export function resultOf({ plan, steps, counts }: AppliedInstance): InstanceResult {
  return { ...idOf(plan), operation: operationOf(plan), counts, changed: isChange(counts) || changesRecord(steps) };
}

export function operationOf(plan: InstancePlan): "install" | "upgrade" {
  return plan.record === undefined ? "install" : "upgrade";
}

/** The Namespace in which an instance's record lives, where the instance itself renders it. */
export function ownNamespace(plan: InstancePlan): KubeObject | undefined {
  return plan.objects.find((object) => object.kind === "Namespace" && object.metadata.name === plan.namespace);
}

/** A record lives in its namespace. Where the instance itself brings that Namespace, it is applied early instead of twice. */
async function ensureNamespace(run: ApplyRun, plan: InstancePlan): Promise<void> {
  const { namespace } = plan;
  const missing = run.preflight.missingNamespaces.get(namespace);
  if (missing === undefined || run.madeNamespaces.has(namespace)) return;
  const own = ownNamespace(plan);
  if (own !== undefined) await applyObject(run, plan, own);
  else {
    await applyToTarget(run, plan, missing);
    run.emit({ type: "namespace-created", instance: idOf(plan), namespace });
  }
  run.madeNamespaces.add(namespace);
}

/** Writes what is to be known before the first object. Returns the record as it is stored by now. */
async function announce(run: ApplyRun, plan: InstancePlan, steps: RecordSteps): Promise<InstanceRecord> {
  let record = steps.during;
  if (steps.announce !== undefined) {
    record = await writeRecord(run, record);
    run.emit({ type: "record-written", instance: idOf(plan), state: steps.announce });
  }
  return record;
}

/** Prunes and promotes. Returns the fault that kept it from that, since others may have come before it. */
async function tryFinish(run: ApplyRun, applied: AppliedInstance): Promise<SheafError[]> {
  const { plan, record, steps, counts, notReady } = applied;
  try {
    for (const promotion of run.promotions) if (promotion.by === plan.order) await promote(run, promotion);
    await pruneInstance(run, applied);
    if (steps.after === undefined) {
      if (isChange(counts) || changesRecord(steps)) await assertStillOurs(run, record);
      return [];
    }
    // A first install is finished when it is ready.
    if (record.installing && notReady.length > 0) return [];
    const promotion = {
      plan,
      record: steps.after(record),
      by: Math.max(...plan.moved.map(({ to }) => to), plan.order),
    };
    if (promotion.by > plan.order) run.promotions.push(promotion);
    else await promote(run, promotion);
    return [];
  } catch (error) {
    if (error instanceof SheafError) return [error];
    throw error;
  }
}

/** Deletes what an instance no longer has. */
export async function pruneInstance(run: ApplyRun, { plan, record, counts }: AppliedInstance): Promise<void> {
  if (plan.stale.length === 0) return;
  await assertStillOurs(run, record);
  await prune(run, plan, run.preflight.pruning, counts);
}

/** Records that an instance is what was intended. */
export async function promoteInstance(run: ApplyRun, { plan, record, steps }: AppliedInstance): Promise<void> {
  if (steps.after !== undefined) await promote(run, { plan, record: steps.after(record) });
}

async function promote(run: ApplyRun, { plan, record }: Omit<Promotion, "by">): Promise<void> {
  await writeRecord(run, record);
  run.emit({ type: "record-written", instance: idOf(plan), state: "current" });
}

/** Applies the objects of a stage, neighbours of one kind at the same time. Returns those that changed. */
async function applyStage(
  run: ApplyRun,
  plan: InstancePlan,
  stage: Stage,
  counts: Record<ObjectAction, number>,
): Promise<KubeObject[]> {
  const instance = idOf(plan);
  run.emit({ type: "stage-started", instance, set: stage.set, stage: stage.name, objects: stage.objects.length });
  const changed: KubeObject[] = [];
  for (const sameKind of runsOfKind(stage.objects, refOf)) {
    checkAborted(run);
    const outcomes = await settleAll(sameKind, run.concurrency, (object) => applyObject(run, plan, object));
    const faults: SheafError[] = [];
    for (const [index, object] of sameKind.entries()) {
      const outcome = outcomes[index];
      if (outcome?.status === "fulfilled") {
        const { action, change } = outcome.value;
        counts[action]++;
        if (action !== "unchanged" && action !== "skipped") changed.push(object);
        run.emit(showChange(run, instance, object, action, change));
      } else if (outcome?.reason instanceof SheafError) faults.push(outcome.reason);
      else throw outcome?.reason;
    }
    throwFaults(faults);
  }
  return changed;
}

/** Applies an object, once in a run, and not at all where the preflight saw that nothing would change. */
async function applyObject(run: ApplyRun, plan: InstancePlan, object: KubeObject): Promise<Preview> {
  const known = knownOutcome(run, object);
  if (known !== undefined) return known;
  const done = await applyToTarget(run, plan, object);
  run.applied.set(refKey(refOf(object)), done);
  noteUids(run.preflight.pruning.rendered, done.change);
  return done;
}

/** What is sure to have become of an object, or to become of it, without another request. */
function knownOutcome(run: ApplyRun, object: KubeObject): Preview | undefined {
  const key = refKey(refOf(object));
  return run.applied.get(key) ?? trustedPreview(run, key);
}

async function applyToTarget(run: ApplyRun, plan: InstancePlan, object: KubeObject): Promise<Preview> {
  try {
    const change = await run.target.apply(object, {
      force: mayRecreate(object, run.force),
      holdsSecret: run.mask.holdsSecret(object),
      dropFields: run.dropFields,
      ...signalOf(run),
    });
    return { action: change.action, change };
  } catch (error) {
    throw failure(run, "apply-failed", { instance: plan, ref: refOf(object) }, error);
  }
}

/** What was seen before the first write holds, unless something was recreated since: that may have taken others along. */
function trustedPreview(run: ApplyRun, key: string): Preview | undefined {
  const preview = run.preflight.previews.get(key);
  if (preview?.action === "skipped") return preview;
  const recreated = [...run.applied.values()].some(({ action }) => action === "recreated");
  return preview?.action === "unchanged" && !recreated ? preview : undefined;
}

function refsToAwait(objects: readonly KubeObject[]): ObjectRef[] {
  return objects.filter((object) => !hasControl(object, "noWait")).map(refOf);
}

/** Returns the fault of objects that are not ready, since the rest is done all the same; throws any other. */
async function tryWaitReady(run: ApplyRun, plan: InstancePlan): Promise<SheafError[]> {
  try {
    await waitFor(run, "ready", refsToAwait(plan.objects), plan);
    return [];
  } catch (error) {
    if (error instanceof SheafError && error.cause instanceof WaitError) return [error];
    throw error;
  }
}
