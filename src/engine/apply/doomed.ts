import { type InstanceId, instanceKey } from "../inventory/index.js";
import { apiVersionOf, type KubeObject, type ObjectRef, refKey } from "../object/index.js";
import { belongsTo, hasControl } from "../plan/index.js";
import { isNamespace } from "./dependents.js";
import type { KeptReason } from "./events.js";
import type { Run } from "./options.js";
import { readMetadata } from "./read-metadata.js";

/** An object that is to be deleted, with the instance that it is recorded for. */
export type Doomed = Readonly<{ instance: InstanceId; ref: ObjectRef }>;

/** A live object and what is to become of it. */
export type Sentence = Doomed & Readonly<{ live: KubeObject; kept: KeptReason | undefined }>;

/**
 * Looks at what is live of the doomed objects, in their order. Absent ones are left out. Kept are those that ask for it,
 * those that no longer carry the labels of their instance, and Namespaces in `inUse`.
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
  return isNamespace(ref) && inUse.has(ref.name) ? "in-use" : undefined;
}

/** A custom resource that has to go with its definition, told as a part of the instance that has the definition. */
export function sentenceOf(ref: ObjectRef, { name, namespace }: InstanceId): Sentence {
  const metadata = { name: ref.name, ...(ref.namespace === "" ? {} : { namespace: ref.namespace }) };
  const live = { apiVersion: apiVersionOf(ref), kind: ref.kind, metadata };
  return { instance: { name, namespace }, ref, live, kept: undefined };
}

/** The namespaces of objects that are never to be deleted: their Namespace has to stay with them. */
export function homesOfKept(sentences: readonly Sentence[]): Set<string> {
  return new Set(sentences.filter(({ kept }) => kept === "prune-disabled").map(({ ref }) => ref.namespace));
}

/** Splits objects into runs of neighbours of one kind, which may be deleted at the same time. */
export function runsOfKind<Item extends Doomed>(items: readonly Item[]): Item[][] {
  const runs: Item[][] = [];
  for (const item of items) {
    const last = runs.at(-1)?.[0];
    if (last?.ref.kind === item.ref.kind && last.ref.group === item.ref.group) runs.at(-1)?.push(item);
    else runs.push([item]);
  }
  return runs;
}

/** Keys of objects, to look up which a list holds. */
export function keysOf(items: readonly Doomed[]): Set<string> {
  return new Set(items.map(({ ref }) => refKey(ref)));
}

/** Keys of the instances that a list names. */
export function instancesOf(items: readonly InstanceId[]): Set<string> {
  return new Set(items.map(instanceKey));
}
