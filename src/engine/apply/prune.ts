import { throwFaults } from "../diagnostics/index.js";
import { instanceKey } from "../inventory/index.js";
import { isNamespace, type ObjectRef, refKey } from "../object/index.js";
import type { BundlePlan, InstancePlan } from "../plan/index.js";
import type { Change } from "../target/index.js";
import { deleteObjects } from "./delete-objects.js";
import { findDwellers, guardDefinitions } from "./dependents.js";
import { type Doomed, judge, keysOf, neededByKept, type Sentence, sentenceOf } from "./doomed.js";
import { checkAborted, type Run } from "./options.js";
import type { Preview } from "./previews.js";
import { namespaceRef } from "./read-metadata.js";
import { showDeletion } from "./show.js";
import { tryDelete } from "./try-all.js";

/** What the pruning of a whole bundle has to respect. */
export type Pruning = Readonly<{
  /** Keys of the objects that may go, of all instances. */
  own: ReadonlySet<string>;
  /** Keys of Namespaces and definitions that stay: something that is not pruned needs them. */
  inUse: ReadonlySet<string>;
  /**
   * The uids of live objects that the bundle renders, those made in this run too. A stale reference may lead to one of
   * them under a name that the server holds for the same: another API group, a namespace on an object that is in none.
   */
  rendered: Set<string>;
}>;

/** Notes the uids of an object before and after a change. */
export function noteUids(uids: Set<string>, { before, after }: Change): void {
  for (const uid of [before?.metadata.uid, after.metadata.uid]) if (typeof uid === "string") uids.add(uid);
}

/**
 * Looks ahead at what pruning would do, and take along with Namespaces and definitions. Reads nothing where none is stale.
 *
 * @throws {DependentsError} Where custom resources would go that are not the bundle's, unless the run may delete them
 */
export async function planPruning(run: Run, plan: BundlePlan, previews: Iterable<Preview>): Promise<Pruning> {
  const rendered = new Set<string>();
  for (const { change } of previews) noteUids(rendered, change);
  const stale = plan.instances.flatMap((instance) => doomedOf(instance));
  if (stale.length === 0) return { own: new Set(), inUse: new Set(), rendered };
  const sentences = withoutRendered(await judge(run, stale, new Set(), false), rendered);
  const homes = (await findNamespacesInUse(run, plan, stale)).map((name) => refKey(namespaceRef(name)));
  const inUse = new Set([...homes, ...(await neededByKept(run, sentences))]);
  const doomed = sentences.filter(({ kept, ref }) => kept === undefined && !inUse.has(refKey(ref)));
  const own = keysOf(doomed);
  const refs = doomed.map(({ ref }) => ref);
  const wanted = plan.instances.flatMap(({ revision }) => revision.inventory.map(refKey));
  await guardDefinitions(run, refs, own, new Set(wanted));
  throwFaults(await tryDelete(run, refs));
  return { own, inUse, rendered };
}

/**
 * Deletes what an instance no longer has, and waits for it where the run waits. Counts and tells of what is deleted and
 * what is kept.
 */
export async function prune(
  run: Run,
  plan: InstancePlan,
  pruning: Pruning,
  counts: Record<"deleted" | "kept", number>,
): Promise<void> {
  const sentences = await judgeStale(run, plan, pruning);
  if (sentences.length === 0) return;
  checkAborted(run);
  const kept = sentences.filter((sentence) => sentence.kept !== undefined);
  for (const sentence of kept) run.emit(showDeletion(run, sentence));
  counts.kept += kept.length;
  const doomed = sentences.filter((sentence) => sentence.kept === undefined);
  const resources = await findResources(run, plan, doomed, pruning);
  const taken = keysOf(resources);
  counts.deleted += await deleteObjects(run, resources, true);
  counts.deleted += await deleteObjects(
    run,
    doomed.filter(({ ref }) => !taken.has(refKey(ref))),
    run.wait,
  );
}

/** What pruning an instance would do to each stale object that is still there. */
export async function judgeStale(run: Run, plan: InstancePlan, { inUse, rendered }: Pruning): Promise<Sentence[]> {
  return withoutRendered(await judge(run, doomedOf(plan), inUse, run.diff), rendered);
}

function withoutRendered(sentences: readonly Sentence[], rendered: ReadonlySet<string>): Sentence[] {
  return sentences.filter(({ live: { metadata } }) => typeof metadata.uid !== "string" || !rendered.has(metadata.uid));
}

function doomedOf({ name, namespace, stale }: InstancePlan): Doomed[] {
  return stale.map((ref) => ({ instance: { name, namespace }, ref }));
}

/** Custom resources go before their definitions, and must be gone before these are: what clears their finalizers may go next. */
async function findResources(
  run: Run,
  plan: InstancePlan,
  doomed: readonly Sentence[],
  { own }: Pruning,
): Promise<Sentence[]> {
  const refs = doomed.map(({ ref }) => ref);
  return (await guardDefinitions(run, refs, own)).map((ref) => sentenceOf(ref, plan));
}

/** Stale Namespaces in which something lives that this apply does not prune. */
async function findNamespacesInUse(run: Run, plan: BundlePlan, stale: readonly Doomed[]): Promise<string[]> {
  const namespaces = new Set(stale.filter(({ ref }) => isNamespace(ref)).map(({ ref }) => ref.name));
  const planned = new Set(plan.instances.map(instanceKey));
  const dwellers = await findDwellers(run, namespaces);
  const homes = (refs: readonly ObjectRef[]) => refs.map((ref) => ref.namespace);
  return [
    ...dwellers.flatMap(({ record, uses }) => (planned.has(instanceKey(record)) ? [] : uses)),
    ...plan.instances.flatMap(({ namespace, revision }) => [namespace, ...homes(revision.inventory)]),
  ];
}
