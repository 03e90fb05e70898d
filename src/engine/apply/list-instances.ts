import type { SheafError } from "../diagnostics/index.js";
import {
  type InstanceId,
  type InstanceRecord,
  instanceKey,
  type ModuleReference,
  recordedRefs,
  sortRecords,
} from "../inventory/index.js";
import type { ObjectRef } from "../object/index.js";
import type { ReadyState, Target } from "../target/index.js";
import { UnknownBundleError } from "./errors.js";
import { tryDecodeAll } from "./records.js";

/** An instance as lists show it. */
export type InstanceSummary = InstanceId &
  Readonly<{
    bundle?: string;
    module: ModuleReference;
    /** `pending`: an upgrade has not finished; `deleting`: a delete has not. */
    state: "deployed" | "pending" | "deleting";
    /** RFC 3339, UTC. */
    lastTransitionTime: string;
    images: readonly string[];
    /** How many objects may exist for it. */
    objects: number;
  }>;

/** An instance with the state of each of its objects, in apply order. */
export type InstanceStatus = InstanceSummary &
  Readonly<{ entries: readonly Readonly<{ ref: ObjectRef; state: ReadyState }>[] }>;

/** What could be read, and the faults of records that could not. */
export type Listing<Item> = Readonly<{ instances: readonly Item[]; faults: readonly SheafError[] }>;

/**
 * The instances that a target has, by namespace and name; those of a bundle in the order of installation.
 *
 * @param query `bundle` and `namespace` leave out others
 */
export async function listInstances(
  target: Target,
  query: Readonly<{ bundle?: string; namespace?: string }> = {},
  signal?: AbortSignal,
): Promise<Listing<InstanceSummary>> {
  const { records, faults } = await readRecords(target, query.bundle, signal);
  const found = records.filter(({ namespace }) => query.namespace === undefined || query.namespace === namespace);
  return { instances: found.map(summarize), faults };
}

/**
 * The instances of a bundle with the state of their objects.
 *
 * @throws {UnknownBundleError} Where the target has no instance of the bundle
 */
export async function bundleStatus(
  bundle: string,
  target: Target,
  signal?: AbortSignal,
): Promise<Listing<InstanceStatus>> {
  const { records, faults } = await readRecords(target, bundle, signal);
  if (records.length === 0 && faults.length === 0) {
    const known = await readRecords(target, undefined, signal);
    const names = known.records.flatMap((record) => record.bundle ?? []);
    throw new UnknownBundleError(bundle, target.description, [...new Set(names)].sort());
  }
  const refs = records.map(recordedRefs);
  const states = refs.length === 0 ? [] : await target.states(refs.flat(), signal);
  let next = 0;
  const instances = records.map((record, index): InstanceStatus => {
    const entries = (refs[index] ?? []).map((ref) => ({ ref, state: states[next++] ?? unknown }));
    return { ...summarize(record), entries };
  });
  return { instances, faults };
}

const unknown: ReadyState = { state: "absent", message: "the target told no state" };

async function readRecords(target: Target, bundle: string | undefined, signal: AbortSignal | undefined) {
  const secrets = await target.listRecords(bundle === undefined ? {} : { bundle }, signal);
  const { records, faults } = tryDecodeAll(secrets);
  const byName = (a: InstanceRecord, b: InstanceRecord) => (instanceKey(a) < instanceKey(b) ? -1 : 1);
  return { records: bundle === undefined ? records.sort(byName) : sortRecords(records), faults };
}

function summarize(record: InstanceRecord): InstanceSummary {
  const { name, namespace, bundle, instance, pending, deleting } = record;
  return {
    name,
    namespace,
    ...(bundle === undefined ? {} : { bundle }),
    module: instance.module,
    state: deleting !== undefined ? "deleting" : pending !== undefined ? "pending" : "deployed",
    lastTransitionTime: instance.lastTransitionTime,
    images: instance.images,
    objects: recordedRefs(record).length,
  };
}
