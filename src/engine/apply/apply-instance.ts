import { SheafError, throwFaults } from "../diagnostics/index.js";
import { formatTime, type InstanceRecord, protocol } from "../inventory/index.js";
import { type KubeObject, type ObjectRef, refKey, refOf } from "../object/index.js";
import { hasControl, type InstancePlan, planRuns, type Stage } from "../plan/index.js";
import { WaitError } from "../target/index.js";
import { settleAll } from "./concurrent.js";
import { type InstanceResult, isChange, newCounts, type ObjectAction } from "./events.js";
import { checkAborted, type Run, signalOf } from "./options.js";
import { mayRecreate, type Preflight, type Preview } from "./preflight.js";
import { prune } from "./prune.js";
import { planRecord, type RecordSteps } from "./record-steps.js";
import { failure, writeRecord } from "./records.js";
import { showChange } from "./show.js";
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
  }>;

/**
 * Applies one instance: namespace, record, objects in stages, readiness, pruning, promotion. The record tells at every
 * moment which objects may exist, so that another run can finish, or delete, what this one leaves.
 *
 * @throws {SheafError} What could not be done; when only readiness failed, all else is done before
 */
export async function applyInstance(run: ApplyRun, plan: InstancePlan): Promise<InstanceResult> {
  const counts = newCounts();
  const steps = planRecord(plan, formatTime(run.now()));
  await ensureNamespace(run, plan);
  const record = await announce(run, plan, steps);
  for (const stage of plan.stages) {
    const changed = await applyStage(run, plan, stage, counts);
    if (stage.until === "established") await waitFor(run, "established", refsToAwait(changed), plan);
    if (stage.until === "ready" && run.wait) await waitFor(run, "ready", refsToAwait(stage.objects), plan);
  }
  const notReady = run.wait ? await tryWaitReady(run, plan) : undefined;
  await prune(run, plan, run.preflight.pruning, counts);
  if (record !== undefined && steps.after !== undefined) {
    await writeRecord(run, steps.after(record));
    run.emit({ type: "record-written", instance: idOf(plan), state: "current" });
  }
  if (notReady !== undefined) throw notReady;
  return { ...idOf(plan), operation: operationOf(plan), counts, changed: isChange(counts) || changesRecord(steps) };
}

export function operationOf(plan: InstancePlan): "install" | "upgrade" {
  return plan.record === undefined ? "install" : "upgrade";
}

export function changesRecord({ before, after }: RecordSteps): boolean {
  return before !== undefined || after !== undefined;
}

function idOf({ name, namespace }: InstancePlan): { name: string; namespace: string } {
  return { name, namespace };
}

/** The Namespace in which an instance's record lives, where the instance itself renders it. */
export function ownNamespace(plan: InstancePlan): KubeObject | undefined {
  return plan.objects.find((object) => object.kind === "Namespace" && object.metadata.name === plan.namespace);
}

/** A record lives in its namespace. Where the instance itself brings that Namespace, it is applied early instead of twice. */
async function ensureNamespace(run: ApplyRun, plan: InstancePlan): Promise<void> {
  const { namespace } = plan;
  if (!run.preflight.missingNamespaces.has(namespace) || run.madeNamespaces.has(namespace)) return;
  const own = ownNamespace(plan);
  if (own !== undefined) await applyObject(run, plan, own);
  else {
    await applyToTarget(run, plan, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels: { [protocol.label.createdBy]: protocol.fieldManager } },
    });
    run.emit({ type: "namespace-created", instance: idOf(plan), namespace });
  }
  run.madeNamespaces.add(namespace);
}

/** Writes what is to be known before the first object. Returns the record as it is stored by now. */
async function announce(
  run: ApplyRun,
  plan: InstancePlan,
  { before }: RecordSteps,
): Promise<InstanceRecord | undefined> {
  if (before === undefined) return plan.record;
  const stored = await writeRecord(run, before.record);
  run.emit({ type: "record-written", instance: idOf(plan), state: before.state });
  return stored;
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
  for (const sameKind of planRuns(stage.objects)) {
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
  const key = refKey(refOf(object));
  const known = run.applied.get(key) ?? trustedPreview(run, key);
  if (known !== undefined) return known;
  const done = await applyToTarget(run, plan, object);
  run.applied.set(key, done);
  return done;
}

async function applyToTarget(run: ApplyRun, plan: InstancePlan, object: KubeObject): Promise<Preview> {
  try {
    const change = await run.target.apply(object, { force: mayRecreate(object, run.force), ...signalOf(run) });
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
async function tryWaitReady(run: ApplyRun, plan: InstancePlan): Promise<SheafError | undefined> {
  try {
    await waitFor(run, "ready", refsToAwait(plan.objects), plan);
    return undefined;
  } catch (error) {
    if (error instanceof SheafError && error.cause instanceof WaitError) return error;
    throw error;
  }
}
