import type { SheafError } from "../diagnostics/index.js";
import {
  type InstanceId,
  type InstanceRecord,
  instanceKey,
  type ModuleReference,
  recordedRefs,
  sortRecords,
} from "../inventory/index.js";
import type { KubeObject, ObjectRef } from "../object/index.js";
import type { ReadyState, Target } from "../target/index.js";
import { recordedSecrets } from "./earlier-values.js";
import { UnknownBundleError } from "./errors.js";
import { createMasker } from "./mask.js";
import { readInstance } from "./read-instance.js";
import { partialNote, tryDecodeAll } from "./records.js";

/** An instance as lists show it. */
export type InstanceSummary = InstanceId &
  Readonly<{
    bundle?: string;
    module: ModuleReference;
    /** `installing`: the first install has not finished; `pending`: an upgrade has not; `deleting`: a delete has not. */
    state: "deployed" | "installing" | "pending" | "deleting";
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
export type Listing<Item> = Readonly<{
  instances: readonly Item[];
  faults: readonly SheafError[];
  /** Why the list may lack some. */
  warnings: readonly string[];
}>;

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
  const { namespace, bundle } = query;
  const namespaces = namespace === undefined ? [] : [namespace];
  // A record of another namespace that cannot be read is no fault of this list.
  const isWanted = ({ metadata }: KubeObject) => namespace === undefined || namespace === metadata.namespace;
  const { records, faults, seen } = await readRecords(target, bundle, namespaces, signal, isWanted);
  const isWhole = seen === undefined || (namespace !== undefined && seen.includes(namespace));
  return { instances: records.map(summarize), faults, warnings: isWhole ? [] : [partialNote(seen)] };
}

/**
 * The instances of a bundle with the state of their objects.
 *
 * @param namespaces Where to look for them, where the user may not look everywhere
 * @throws {UnknownBundleError} Where the target has no instance of the bundle
 */
export async function bundleStatus(
  bundle: string,
  target: Target,
  signal?: AbortSignal,
  namespaces: readonly string[] = [],
): Promise<Listing<InstanceStatus>> {
  const { records, faults, seen } = await readRecords(target, bundle, namespaces, signal);
  if (records.length === 0 && faults.length === 0) {
    const known = await readRecords(target, undefined, namespaces, signal);
    const names = known.records.flatMap((record) => record.bundle ?? []);
    throw new UnknownBundleError(bundle, target.description, [...new Set(names)].sort(), seen);
  }
  const instances = await statesOf(records, target, signal);
  return { instances, faults, warnings: seen === undefined ? [] : [partialNote(seen)] };
}

/**
 * One instance with the state of its objects.
 *
 * @throws {UnknownInstanceError} Where the target does not have it
 */
export async function instanceStatus(
  instance: InstanceId,
  target: Target,
  signal?: AbortSignal,
): Promise<InstanceStatus> {
  const record = await readInstance(instance, target, signal);
  const [status] = await statesOf([record], target, signal);
  if (status === undefined) throw new TypeError("a record has a status");
  return status;
}

async function statesOf(records: readonly InstanceRecord[], target: Target, signal?: AbortSignal) {
  const refs = records.map(recordedRefs);
  const found = refs.length === 0 ? [] : await target.states(refs.flat(), signal);
  // An object may tell of what it was given, such as the URL that cannot be fetched.
  const mask = createMasker(recordedSecrets(records));
  const states = found.map(({ state, message }) => ({ state, message: mask.text(message) }));
  let next = 0;
  return records.map((record, index): InstanceStatus => {
    const entries = (refs[index] ?? []).map((ref) => ({ ref, state: states[next++] ?? unknown }));
    return { ...summarize(record), entries };
  });
}

const unknown: ReadyState = { state: "absent", message: "the target told no state" };

/** `seen` are the only namespaces that could be looked at, where those were not all. */
async function readRecords(
  target: Target,
  bundle: string | undefined,
  namespaces: readonly string[],
  signal: AbortSignal | undefined,
  isWanted: (secret: KubeObject) => boolean = () => true,
) {
  let seen: readonly string[] | undefined;
  const onPartial = (some: readonly string[]) => {
    seen = some;
  };
  const secrets = await target.listRecords(
    { ...(bundle === undefined ? {} : { bundle }), namespaces, onPartial },
    signal,
  );
  const { records, faults } = tryDecodeAll(secrets.filter(isWanted));
  const byName = (a: InstanceRecord, b: InstanceRecord) => (instanceKey(a) < instanceKey(b) ? -1 : 1);
  return { records: bundle === undefined ? records.sort(byName) : sortRecords(records), faults, seen };
}

function summarize(record: InstanceRecord): InstanceSummary {
  const { name, namespace, bundle, instance } = record;
  return {
    name,
    namespace,
    ...(bundle === undefined ? {} : { bundle }),
    module: instance.module,
    state: stateOf(record),
    lastTransitionTime: instance.lastTransitionTime,
    images: instance.images,
    objects: recordedRefs(record).length,
  };
}

function stateOf({ deleting, installing, pending }: InstanceRecord): InstanceSummary["state"] {
  if (deleting !== undefined) return "deleting";
  if (installing) return "installing";
  return pending === undefined ? "deployed" : "pending";
}
