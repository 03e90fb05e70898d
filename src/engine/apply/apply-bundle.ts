import type { InstanceId } from "../inventory/index.js";
import type { RenderedBundle } from "../plan/index.js";
import type { Target } from "../target/index.js";
import { type ApplyRun, applyInstance, operationOf } from "./apply-instance.js";
import { earlierValues } from "./earlier-values.js";
import { ApplyStoppedError } from "./errors.js";
import type { InstanceResult } from "./events.js";
import { createMasker } from "./mask.js";
import { type ApplyBundleOptions, checkAborted, startRun } from "./options.js";
import { preflight } from "./preflight.js";
import { rehearseInstance } from "./rehearse.js";

/** What became of a bundle. */
export type ApplyResult = Readonly<{
  bundle: string;
  /** In the order of the bundle. */
  instances: readonly InstanceResult[];
  /** Instances of this bundle on the target that the bundle no longer names. They are left as they are. */
  unnamed: readonly InstanceId[];
  /** Whether anything was, or in a dry run would be, written. */
  changed: boolean;
}>;

/**
 * Applies a bundle to a target as one unit: whatever can fail without writing is tried for all instances before the
 * first write; then the instances go in order, each recorded before its first object. Applying again after a failure
 * goes on from what is there; applying what is there already writes nothing.
 *
 * @throws {SheafError} Before the first write, the fault itself; after it, an {@link ApplyStoppedError}
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
  const checked = await preflight(base, bundle, options);
  const { instances: plans, unnamed } = checked.plan;
  const run: ApplyRun = {
    ...base,
    mask: createMasker(bundle.secrets, earlierValues(checked.plan)),
    force: options.force ?? false,
    preflight: checked,
    applied: new Map(),
    madeNamespaces: new Set(),
    promotions: [],
  };
  const { emit } = run;
  const objects = plans.reduce((sum, plan) => sum + plan.objects.length, 0);
  emit({ type: "preflight-done", bundle: bundle.name, instances: plans.length, objects });
  for (const { name, namespace } of unnamed) emit({ type: "instance-unnamed", instance: { name, namespace } });

  const done: InstanceResult[] = [];
  for (const [index, plan] of plans.entries()) {
    const instance = { name: plan.name, namespace: plan.namespace };
    const { module } = plan.revision;
    const total = plans.length;
    try {
      checkAborted(run);
      emit({ type: "instance-started", instance, operation: operationOf(plan), module, position: index + 1, total });
      done.push(await (options.dryRun === true ? rehearseInstance(run, plan) : applyInstance(run, plan)));
    } catch (error) {
      if (options.dryRun === true || !(error instanceof Error)) throw error;
      const notStarted = plans.slice(index + 1).map(({ name, namespace }) => ({ name, namespace }));
      throw new ApplyStoppedError(done, instance, notStarted, error);
    }
    const result = done[index];
    if (result !== undefined) emit({ type: "instance-done", instance, counts: result.counts });
  }
  return {
    bundle: bundle.name,
    instances: done,
    unnamed: unnamed.map(({ name, namespace }) => ({ name, namespace })),
    changed: done.some(({ changed }) => changed),
  };
}
