import { type SecretValue, type SheafError, throwFaults } from "../diagnostics/index.js";
import { encodeRecord, formatTime, instanceKey, protocol } from "../inventory/index.js";
import { annotationOf, formatRef, type KubeObject, labelOf, refKey, refOf } from "../object/index.js";
import { type BundlePlan, ownerOf, planBundle, type RenderedBundle } from "../plan/index.js";
import { earlierValues } from "./earlier-values.js";
import { createMasker } from "./mask.js";
import { findNamespaces, waitForTerminating } from "./namespaces.js";
import type { ApplyBundleOptions, Run } from "./options.js";
import { type Preview, previewObjects } from "./previews.js";
import { type Pruning, planPruning } from "./prune.js";
import { planRecord } from "./record-steps.js";
import { failure, loadRecords } from "./records.js";
import { tryAll } from "./try-all.js";

/** A bundle that nothing speaks against: what is to be done, and what that will change. */
export type Preflight = Readonly<{
  plan: BundlePlan;
  /** By `refKey`, for every object of the plan. */
  previews: ReadonlyMap<string, Preview>;
  /** Namespaces of instances that the target does not have, as they are to be made, by name. */
  missingNamespaces: ReadonlyMap<string, KubeObject>;
  pruning: Pruning;
}>;

/**
 * Tries everything that can fail without writing: the target, the records, ownership, namespaces, every object's dry
 * run, and what pruning would take along.
 *
 * @returns Also what may be secret of the recorded revisions, which the server has heard of and may quote
 * @throws {SheafError} The faults, all that were found by the first step that found one
 */
export async function preflight(
  base: Run,
  bundle: RenderedBundle,
  options: ApplyBundleOptions,
): Promise<Preflight & Readonly<{ earlier: readonly SecretValue[] }>> {
  const { target, signal } = base;
  const { force = false, createNamespaces = true, overwriteOwnership = false, dryRun = false } = options;
  await target.check(signal);
  const records = await loadRecords(base, bundle.name, bundle.instances);
  const plan = planBundle(bundle, records, { overwriteOwnership });
  const earlier = earlierValues(plan);
  const run = { ...base, mask: createMasker(bundle.secrets, earlier) };
  const startAnewWithout = async (namespaces: readonly string[]): ReturnType<typeof preflight> => {
    await waitForTerminating(run, namespaces, dryRun);
    return preflight(base, bundle, options); // records may have gone with them
  };
  const { missing, terminating } = await findNamespaces(run, plan);
  if (terminating.length > 0) return startAnewWithout(terminating);
  const missingNamespaces: Preflight["missingNamespaces"] = createNamespaces ? missing : new Map();
  const { previews, going } = await previewObjects(run, plan, missingNamespaces, force);
  if (going.length > 0) return startAnewWithout(going);
  throwFaults([...(await tryMakeNamespaces(run, plan, missingNamespaces)), ...(await tryRecord(run, plan))]);
  const pruning = await planPruning(run, plan, previews.values());
  warnOfTakeOvers(run, plan, previews);
  return { plan, earlier, previews, missingNamespaces, pruning };
}

/** Namespaces that the run would make, and may not. One that an instance renders is tried with the other objects. */
async function tryMakeNamespaces(run: Run, plan: BundlePlan, missing: Preflight["missingNamespaces"]) {
  const rendered = new Set(plan.instances.flatMap(({ objects }) => objects.map((object) => refKey(refOf(object)))));
  const made = [...missing.values()].filter((object) => !rendered.has(refKey(refOf(object))));
  return tryAll(run, made, async (object) => {
    try {
      await run.target.preview(object, { force: false, ...(run.signal && { signal: run.signal }) });
    } catch (error) {
      throw failure(run, "preview-failed", { ref: refOf(object) }, error);
    }
  });
}

/** Records that the run would write, and may not. */
async function tryRecord(run: Run, plan: BundlePlan): Promise<SheafError[]> {
  const time = formatTime(run.now());
  const announced = plan.instances.flatMap((instance) => {
    const { during, announce } = planRecord(instance, time);
    return announce === undefined ? [] : during;
  });
  return tryAll(run, announced, async (record) => {
    try {
      await run.target.previewRecord?.(encodeRecord(record), run.signal);
    } catch (error) {
      throw failure(run, "record-failed", { instance: record }, error);
    }
  });
}

/** An object that is somebody else's becomes the bundle's, and goes with it: its user should know. */
function warnOfTakeOvers(run: Run, plan: BundlePlan, previews: ReadonlyMap<string, Preview>): void {
  const ours = new Set([...plan.instances, ...plan.unnamed].map(instanceKey));
  for (const instance of plan.instances) {
    for (const object of instance.objects) {
      const { action, change } = previews.get(refKey(refOf(object))) ?? {};
      const origin = action === "skipped" ? undefined : change?.before && originOf(change.before, ours);
      if (origin === undefined) continue;
      const message = `instance "${instance.name}" takes over ${formatRef(refOf(object))} ${origin}`;
      run.emit({ type: "warning", code: "object-taken-over", message });
    }
  }
}

/** Whose a live object is, as the rest of a sentence; undefined for one of the bundle's own. */
function originOf(live: KubeObject, ours: ReadonlySet<string>): string | undefined {
  const owner = ownerOf(live);
  if (owner !== undefined) {
    if (ours.has(instanceKey(owner))) return undefined;
    return `from instance "${owner.name}" in namespace "${owner.namespace}", which is not of this bundle`;
  }
  if (labelOf(live, protocol.label.createdBy) === protocol.fieldManager) return undefined; // a Namespace made for an instance
  const release = annotationOf(live, "meta.helm.sh/release-name");
  if (release !== undefined) return `from the Helm release "${release}"`;
  if (labelOf(live, "app.kubernetes.io/managed-by") === "Helm") return "from a Helm release";
  const isKubectls = annotationOf(live, "kubectl.kubernetes.io/last-applied-configuration") !== undefined;
  return isKubectls ? "that kubectl applied" : "that no bundle has applied";
}
