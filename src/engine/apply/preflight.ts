import { SheafError, throwFaults } from "../diagnostics/index.js";
import { type InstanceId, instanceKey } from "../inventory/index.js";
import { servedVersions } from "../kube-schema/index.js";
import { apiVersionOf, formatRef, type KubeObject, type ObjectRef, refKey, refOf } from "../object/index.js";
import { type BundlePlan, hasControl, ownerOf, planBundle, type RenderedBundle } from "../plan/index.js";
import { type Change, TargetError } from "../target/index.js";
import { mapAll, settleAll } from "./concurrent.js";
import { ApplyError } from "./errors.js";
import type { ObjectAction } from "./events.js";
import { type ApplyBundleOptions, checkAborted, type Run, signalOf } from "./options.js";
import { type Pruning, planPruning } from "./prune.js";
import { namespaceRef, readMetadata } from "./read-metadata.js";
import { failure, loadRecords } from "./records.js";

/** What applying an object would do. */
export type Preview = Readonly<{ action: ObjectAction; change: Change }>;

/** A bundle that nothing speaks against: what is to be done, and what that will change. */
export type Preflight = Readonly<{
  plan: BundlePlan;
  /** By `refKey`, for every object of the plan. */
  previews: ReadonlyMap<string, Preview>;
  /** Namespaces of instances that the target does not have. */
  missingNamespaces: ReadonlySet<string>;
  pruning: Pruning;
}>;

/** Faults of the target as a whole: one tells all, however many objects met it. */
const targetWide = new Set<string>(["unreachable", "unauthorized", "aborted", "no-kubeconfig", "bad-kubeconfig"]);

/**
 * Tries everything that can fail without writing: the target, the records, ownership, namespaces, every object's dry
 * run, and what pruning would take along.
 *
 * @throws {SheafError} The faults, all that were found by the first step that found one
 */
export async function preflight(run: Run, bundle: RenderedBundle, options: ApplyBundleOptions): Promise<Preflight> {
  const { target, signal } = run;
  await target.check(signal);
  const records = await loadRecords(run, bundle.name, bundle.instances);
  const plan = planBundle(bundle, records, { overwriteOwnership: options.overwriteOwnership ?? false });
  const missingNamespaces = await findMissingNamespaces(run, plan, options.createNamespaces ?? true);
  const previews = await previewObjects(run, plan, missingNamespaces, options.force ?? false);
  const pruning = await planPruning(run, plan, previews.values());
  warnOfTakeOvers(run, plan, previews);
  return { plan, previews, missingNamespaces, pruning };
}

async function findMissingNamespaces(run: Run, plan: BundlePlan, create: boolean): Promise<Set<string>> {
  if (!create) return new Set();
  // A namespace with a record in it is there.
  const known = new Set(plan.instances.flatMap(({ record, namespace }) => (record === undefined ? [] : namespace)));
  const names = [...new Set(plan.instances.map(({ namespace }) => namespace))].filter((name) => !known.has(name));
  const live = await mapAll(names, run.concurrency, (name) => readNamespace(run, name));
  throwFaults(
    live.flatMap((namespace, index) => {
      if (namespace === undefined || namespace === "unseen") return [];
      if (namespace.metadata.deletionTimestamp === undefined) return [];
      const text = `namespace ${names[index]} is being deleted; wait until it is gone, then apply again`;
      return [new TargetError("namespace-terminating", text)];
    }),
  );
  return new Set(names.filter((_, index) => live[index] === undefined));
}

/** A Namespace's metadata; a user who may not see it goes on as if it were there: the dry runs find out whether it is. */
async function readNamespace(run: Run, name: string): Promise<KubeObject | "unseen" | undefined> {
  try {
    return (await readMetadata(run, [namespaceRef(name)]))[0];
  } catch (error) {
    if (error instanceof TargetError && error.code === "forbidden") return "unseen";
    throw error;
  }
}

/** Whether an object may be recreated: the run allows it for all, or the object for itself. */
export function mayRecreate(object: KubeObject, force: boolean): boolean {
  return force || hasControl(object, "force");
}

async function previewObjects(
  run: Run,
  plan: BundlePlan,
  missingNamespaces: ReadonlySet<string>,
  force: boolean,
): Promise<Map<string, Preview>> {
  const work = plan.instances.flatMap((instance) => instance.objects.map((object) => ({ instance, object })));
  const outcomes = await settleAll(work, run.concurrency, ({ object }) => previewObject(run, object, force));
  const previews = new Map<string, Preview>();
  for (const [index, { object }] of work.entries()) {
    const outcome = outcomes[index];
    if (outcome?.status === "fulfilled") previews.set(refKey(refOf(object)), outcome.value);
  }
  const brought = findBrought(plan, previews, missingNamespaces);
  throwFaults(
    work.flatMap(({ instance, object }, index) => {
      const ref = refOf(object);
      const outcome = outcomes[index];
      if (outcome === undefined) return [];
      if (outcome.status === "fulfilled") return checkUnchecked(instance, ref, outcome.value, brought);
      const { reason } = outcome;
      if (!(reason instanceof SheafError) || targetWide.has(reason.code)) throw reason;
      // The server judged it by a definition that this bundle is about to change.
      if (brought.changingKinds.has(kindKey(ref))) {
        const message = `instance "${instance.name}": ${formatRef(ref)} is not checked, its definition comes with the bundle`;
        run.emit({ type: "warning", code: "preview-incomplete", message });
        previews.set(refKey(ref), unchecked(object));
        return [];
      }
      const fault = failure(run, "preview-failed", { instance, ref }, reason);
      return fault instanceof SheafError ? [fault] : [];
    }),
  );
  return previews;
}

async function previewObject(run: Run, object: KubeObject, force: boolean): Promise<Preview> {
  checkAborted(run);
  if (hasControl(object, "oneOff")) {
    const [live] = await readMetadata(run, [refOf(object)]);
    if (live !== undefined) return { action: "skipped", change: { action: "unchanged", after: live } };
  }
  const change = await run.target.preview(object, { force: mayRecreate(object, force), ...signalOf(run) });
  return { action: change.action, change };
}

function unchecked(object: KubeObject): Preview {
  return { action: "configured", change: { action: "configured", after: object } };
}

/** What comes into being with the bundle itself. */
type Brought = Readonly<{
  /** `group/version/kind` of what its definitions serve. */
  kinds: ReadonlySet<string>;
  /** `group/kind` of definitions that are new or will be another. */
  changingKinds: ReadonlySet<string>;
  namespaces: ReadonlySet<string>;
}>;

function findBrought(
  plan: BundlePlan,
  previews: ReadonlyMap<string, Preview>,
  missingNamespaces: ReadonlySet<string>,
): Brought {
  const kinds = new Set<string>();
  const changingKinds = new Set<string>();
  const namespaces = new Set(missingNamespaces);
  for (const object of plan.instances.flatMap((instance) => instance.objects)) {
    if (object.kind === "Namespace") namespaces.add(object.metadata.name);
    const served = servedVersions(object);
    for (const ref of served) kinds.add(`${apiVersionOf(ref)}/${ref.kind}`);
    if (previews.get(refKey(refOf(object)))?.action === "unchanged") continue;
    for (const ref of served) changingKinds.add(kindKey(ref));
  }
  return { kinds, changingKinds, namespaces };
}

function kindKey({ group, kind }: Pick<ObjectRef, "group" | "kind">): string {
  return `${group}/${kind}`;
}

/** Refuses an object that the target could not check and that nothing in the bundle makes possible. */
function checkUnchecked(instance: InstanceId, ref: ObjectRef, { change }: Preview, brought: Brought): SheafError[] {
  const refuse = (detail: string) => [new ApplyError("preview-failed", { instance, ref }, detail)];
  const kind = `${apiVersionOf(ref)}/${ref.kind}`;
  if (change.unchecked === "unknown-kind" && !brought.kinds.has(kind))
    return refuse(
      `the target does not know ${ref.kind} of ${apiVersionOf(ref)}, and no definition in the bundle serves it`,
    );
  const needsNamespace = change.unchecked === "no-namespace" && !brought.namespaces.has(ref.namespace);
  if (needsNamespace) return refuse(`namespace ${ref.namespace} does not exist, and nothing in the bundle makes it`);
  return [];
}

/** An object of an instance outside of this bundle is no longer deleted with that instance: its user should know. */
function warnOfTakeOvers(run: Run, plan: BundlePlan, previews: ReadonlyMap<string, Preview>): void {
  const ours = new Set([...plan.instances, ...plan.unnamed].map(instanceKey));
  for (const instance of plan.instances) {
    for (const object of instance.objects) {
      const before = previews.get(refKey(refOf(object)))?.change.before;
      const owner = before && ownerOf(before);
      if (owner === undefined || ours.has(instanceKey(owner))) continue;
      const message =
        `instance "${instance.name}" takes over ${formatRef(refOf(object))} from instance "${owner.name}" in ` +
        `namespace "${owner.namespace}", which is not of this bundle`;
      run.emit({ type: "warning", code: "object-taken-over", message });
    }
  }
}
