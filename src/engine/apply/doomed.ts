import { type InstanceId, instanceKey } from "../inventory/index.js";
import { apiVersionOf, isDefinition, type KubeObject, type ObjectRef, refKey } from "../object/index.js";
import { belongsTo, hasControl } from "../plan/index.js";
import { mapAll } from "./concurrent.js";
import type { KeptReason } from "./events.js";
import type { Run } from "./options.js";
import { namespaceRef, readMetadata } from "./read-metadata.js";

/** An object that is to be deleted, with the instance that it is recorded for. */
export type Doomed = Readonly<{ instance: InstanceId; ref: ObjectRef }>;

/** A live object and what is to become of it. */
export type Sentence = Doomed & Readonly<{ live: KubeObject; kept: KeptReason | undefined }>;

/**
 * Looks at what is live of the doomed objects, in their order. Absent ones are left out. Kept are those that ask for it,
 * those that no longer carry the labels of their instance, and those whose keys are in `inUse`.
 *
 * @param whole Read the whole objects, to show what is deleted; otherwise only `metadata` is sure to be there
 */
export async function judge(
  run: Run,
  doomed: readonly Doomed[],
  inUse: ReadonlySet<string>,
  whole: boolean,
): Promise<Sentence[]> {
  const refs = doomed.map(({ ref }) => ref);
  const live = whole && refs.length > 0 ? await run.target.read(refs, run.signal) : await readMetadata(run, refs);
  return doomed.flatMap((item, index): Sentence[] => {
    const object = live[index];
    return object === undefined ? [] : [{ ...item, live: object, kept: reasonToKeep(item, object, inUse) }];
  });
}

function reasonToKeep({ instance, ref }: Doomed, live: KubeObject, inUse: ReadonlySet<string>): KeptReason | undefined {
  if (!belongsTo(live, instance)) return "not-owned";
  if (hasControl(live, "keep")) return "prune-disabled";
  return inUse.has(refKey(ref)) ? "in-use" : undefined;
}

/** A custom resource that has to go with its definition, told as a part of the instance that has the definition. */
export function sentenceOf(ref: ObjectRef, { name, namespace }: InstanceId): Sentence {
  const metadata = { name: ref.name, ...(ref.namespace === "" ? {} : { namespace: ref.namespace }) };
  const live = { apiVersion: apiVersionOf(ref), kind: ref.kind, metadata };
  return { instance: { name, namespace }, ref, live, kept: undefined };
}

/** Keys of what has to stay with the objects that are never to be deleted: their Namespaces, and their definitions. */
export async function neededByKept(run: Run, sentences: readonly Sentence[]): Promise<string[]> {
  const refs = sentences.filter(({ kept }) => kept === "prune-disabled").map(({ ref }) => ref);
  const keys = new Set(refs.map(refKey));
  const homes = refs
    .filter(({ namespace }) => namespace !== "")
    .map(({ namespace }) => refKey(namespaceRef(namespace)));
  const definitions = sentences
    .map(({ ref }) => ref)
    .filter((ref) => isDefinition(ref) && refs.some(({ group }) => ref.name.endsWith(`.${group}`)));
  const isNeeded = await mapAll(definitions, run.concurrency, async (definition) => {
    const resources = await run.target.listCustomResources([definition], run.signal);
    return resources.some((resource) => keys.has(refKey(resource)));
  });
  return [...homes, ...definitions.filter((_, index) => isNeeded[index]).map(refKey)];
}

/** Keys of objects, to look up which a list holds. */
export function keysOf(items: readonly Doomed[]): Set<string> {
  return new Set(items.map(({ ref }) => refKey(ref)));
}

/** Keys of the instances that a list names. */
export function instancesOf(items: readonly InstanceId[]): Set<string> {
  return new Set(items.map(instanceKey));
}
