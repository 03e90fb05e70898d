import { type InstanceId, idOf } from "../inventory/index.js";
import { isSecret, refKey, refOf } from "../object/index.js";
import type { InstancePlan, RenderedBundle } from "../plan/index.js";
import type { Target } from "../target/index.js";
import { type ApplyRun, applyInstance } from "./apply-instance.js";
import { applyOrGoBack } from "./apply-or-go-back.js";
import { carryOutDeletion, planDeletion, rehearseDeletion } from "./deletion.js";
import { ApplyStoppedError } from "./errors.js";
import type { InstanceResult } from "./events.js";
import { inTurn } from "./in-turn.js";
import { createMasker } from "./mask.js";
import { type ApplyBundleOptions, checkAborted, startRun } from "./options.js";
import { preflight } from "./preflight.js";
import { rehearseInstance } from "./rehearse.js";
import { findWayBack } from "./roll-back.js";

/** What became of a bundle. */
export type ApplyResult = Readonly<{
  /** Undefined for an instance alone. */
  bundle: string | undefined;
  /** In the order of the bundle. */
  instances: readonly InstanceResult[];
  /** Instances of this bundle on the target that the bundle no longer names. */
  unnamed: readonly InstanceId[];
  /** Those of them that were, or in a dry run would be, deleted. */
  pruned: readonly InstanceResult[];
  /** Whether anything was, or in a dry run would be, written. */
  changed: boolean;
}>;

/**
 * Applies a bundle to a target as one unit: whatever can fail without writing is tried for all instances before the
 * first write; then the instances go in order, each recorded before its first object. Applying again after a failure
 * goes on from what is there; applying what is there already writes nothing.
 *
 * @throws {SheafError} Before the first write, the fault itself; after it, an {@link ApplyStoppedError}, or with
 *   `restore` an {@link ApplyRolledBackError}
 * @example
 * ```ts
 * const result = await applyBundle(bundle, openDirectory("./cluster", { now }), {
 *   now: () => new Date(),
 *   onEvent: (event) => event.type === "object-applied" && console.log(formatRef(event.ref), event.action),
 * });
 * ```
 */
export async function applyBundle(
  bundle: RenderedBundle,
  target: Target,
  options: ApplyBundleOptions,
): Promise<ApplyResult> {
  const base = startRun(target, options, bundle.secrets);
  const { dryRun = false, pruneInstances = false, restore } = options;
  const checked = await preflight(base, bundle, options);
  const { plan, earlier } = checked;
  const { instances: plans, unnamed } = plan;
  const run: ApplyRun = {
    ...base,
    mask: createMasker(bundle.secrets, earlier),
    force: options.force ?? false,
    preflight: checked,
    applied: new Map(),
    madeNamespaces: new Set(),
    promotions: [],
  };
  // What is restored may hold what was secret then, and what was made anew has to be made anew once more. A request to stop is
  // what it may have begun with.
  const backward: ApplyRun = {
    ...run,
    signal: undefined,
    force: true,
    endsAtMs: Number.POSITIVE_INFINITY,
    mask: createMasker([...(bundle.secrets ?? []), ...earlier]),
  };
  const wayBack = restore && (await findWayBack(backward, plan, restore));
  const leaving = pruneInstances ? unnamed : [];
  const rendered = new Set(plans.flatMap(({ objects }) => objects.map((object) => refKey(refOf(object)))));
  const planned = await planDeletion(run, leaving, { rendered });

  const { emit } = run;
  const objects = plans.reduce((sum, plan) => sum + plan.objects.length, 0);
  emit({ type: "preflight-done", bundle: bundle.name, instances: plans.length, objects });
  for (const record of unnamed) emit({ type: "instance-unnamed", instance: idOf(record), pruned: pruneInstances });

  const instances = dryRun
    ? await inTurn(run, plans, (plan) => rehearseInstance(run, plan))
    : wayBack === undefined
      ? await applyInTurn(run, plans)
      : await applyOrGoBack(run, backward, plans, wayBack);
  if (!dryRun && target.tidy !== undefined) {
    for (const plan of plans) {
      const secret = plan.objects.filter((object) => isSecret(object) || run.mask.holdsSecret(object));
      await target.tidy(plan, secret.map(refOf));
    }
  }
  const pruned = dryRun ? rehearseDeletion(run, planned) : await pruneUnnamed();
  return {
    bundle: bundle.name,
    instances,
    unnamed: unnamed.map(idOf),
    pruned,
    changed: pruned.length > 0 || instances.some(({ changed }) => changed),
  };

  async function pruneUnnamed(): Promise<InstanceResult[]> {
    const [first] = leaving;
    if (first === undefined) return [];
    try {
      checkAborted(run);
      // Anew: objects that have moved to other instances are these instances' by now.
      return await carryOutDeletion(run, await planDeletion(run, leaving, { rendered }));
    } catch (error) {
      throw error instanceof Error ? new ApplyStoppedError(instances, idOf(first), [], error) : error;
    }
  }
}

async function applyInTurn(run: ApplyRun, plans: readonly InstancePlan[]): Promise<InstanceResult[]> {
  const done: InstanceResult[] = [];
  try {
    await inTurn(run, plans, async (plan) => {
      const result = await applyInstance(run, plan);
      done.push(result);
      return result;
    });
    return done;
  } catch (error) {
    const failed = plans[done.length];
    if (!(error instanceof Error) || failed === undefined) throw error;
    throw new ApplyStoppedError(done, idOf(failed), plans.slice(done.length + 1).map(idOf), error);
  }
}
