import { FaultsError } from "../diagnostics/index.js";
import { idOf } from "../inventory/index.js";
import type { InstancePlan } from "../plan/index.js";
import { TargetError } from "../target/index.js";
import {
  type AppliedInstance,
  type ApplyRun,
  applyObjects,
  promoteInstance,
  pruneInstance,
  resultOf,
} from "./apply-instance.js";
import { ApplyError, ApplyRolledBackError, ApplyStoppedError } from "./errors.js";
import type { InstanceResult } from "./events.js";
import { inTurn } from "./in-turn.js";
import { rollBack, type WayBack } from "./roll-back.js";

/**
 * Applies the objects of all instances; only when all are ready, prunes what they no longer have and promotes their
 * records. Until then the records name the revisions to go back to, also for a run after a crash. A run that is asked to
 * stop goes back, too.
 */
export async function applyOrGoBack(
  run: ApplyRun,
  backward: ApplyRun,
  plans: readonly InstancePlan[],
  wayBack: WayBack,
): Promise<InstanceResult[]> {
  const applied: AppliedInstance[] = [];
  let at: InstancePlan | undefined;
  try {
    await inTurn(run, plans, async (plan) => {
      at = plan;
      const done = await applyObjects(run, plan);
      const [fault] = done.notReady;
      if (fault !== undefined) throw fault;
      applied.push(done);
      return done;
    });
    for (const done of applied) {
      at = done.plan;
      await pruneInstance(run, done);
    }
  } catch (error) {
    if (!(error instanceof Error) || at === undefined) throw error;
    if (isTakenOver(error)) throw new ApplyStoppedError(applied.map(resultOf), idOf(at), [], error);
    const failed = idOf(at);
    run.emit({ type: "rollback-started", instance: failed, message: error.message });
    throw new ApplyRolledBackError(failed, await rollBack(backward, run.preflight.plan, wayBack), error);
  }
  const unstopped = { ...run, signal: undefined }; // the bundle has changed; what is left is to say so
  for (const [index, done] of applied.entries()) {
    try {
      await promoteInstance(unstopped, done);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new ApplyStoppedError(applied.slice(0, index).map(resultOf), idOf(done.plan), [], error);
    }
  }
  return applied.map(resultOf);
}

/** Whether another run has written a record meanwhile: what is there now is that run's. */
function isTakenOver(error: Error): boolean {
  if (error instanceof FaultsError) return error.errors.some(isTakenOver);
  const { cause } = error;
  return error instanceof ApplyError && cause instanceof TargetError && cause.code === "record-conflict";
}
