import { type ObjectRef, refKey } from "../object/index.js";

/** Which instance is meant. */
export type InstanceId = Readonly<{ name: string; namespace: string }>;

/** Where an instance's module came from. `name` is the module's own, `version` the tag, `digest` that of the artifact. */
export type ModuleReference = Readonly<{
  name: string;
  repository: string;
  version: string;
  digest: string;
  annotations?: Readonly<Record<string, string>>;
}>;

/** One revision of an instance, as a record keeps it. */
export type InstanceRevision = InstanceId &
  Readonly<{
    /** The bundle that the instance belongs to; absent for one that stands alone. */
    bundle?: string;
    module: ModuleReference;
    /** Text that parses as CUE: JSON when sheaf wrote it. */
    values: string;
    /** RFC 3339, UTC: when this revision was recorded last. */
    lastTransitionTime: string;
    /** The objects, in apply order. */
    inventory: readonly ObjectRef[];
    images: readonly string[];
  }>;

/** What a target knows of an instance: the Secret `timoni.<instance>`, decoded. */
export type InstanceRecord = InstanceId &
  Readonly<{
    bundle?: string;
    /** The instance's place in its bundle, from 0; absent in records that Timoni wrote. */
    order?: number;
    /** RFC 3339 time at which a delete began that has not finished. */
    deleting?: string;
    /** The first install has not finished: `instance` is what was intended. Never told of a record that Timoni wrote. */
    installing?: true;
    /** RFC 3339 time, of one second's resolution, at which the Secret was made. */
    creationTimestamp?: string;
    /** Absent for a record that is not stored yet. */
    resourceVersion?: string;
    instance: InstanceRevision;
    /** The revision that an unfinished upgrade is moving to. */
    pending?: InstanceRevision;
    /** Labels and annotations of the Secret that are not the protocol's; they are kept. */
    foreign?: Readonly<{ labels: Readonly<Record<string, string>>; annotations: Readonly<Record<string, string>> }>;
  }>;

/** Which instance it is, and nothing else of what says so. */
export function idOf({ name, namespace }: InstanceId): InstanceId {
  return { name, namespace };
}

/** `name.namespace` would be ambiguous: a key by which two ids are equal only when both parts are. */
export function instanceKey(id: InstanceId): string {
  return `${id.namespace}/${id.name}`;
}

/**
 * Every object that may exist for a record, each once: those of the recorded revision, then what the pending one adds.
 * An object of both is named with the pending one's API version, which is the later one.
 */
export function recordedRefs(record: InstanceRecord): ObjectRef[] {
  const refs = [...record.instance.inventory, ...(record.pending?.inventory ?? [])];
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()];
}

/**
 * Sorts records into the order in which their instances were installed. Instances of one bundle often share a creation
 * time, so their recorded places decide where all have one, and break ties where some have none.
 */
export function sortRecords(records: readonly InstanceRecord[]): InstanceRecord[] {
  const placed = records.every((record) => record.order !== undefined);
  const place = (record: InstanceRecord) => record.order ?? Number.MAX_SAFE_INTEGER;
  const time = (record: InstanceRecord) => Date.parse(record.creationTimestamp ?? "") || 0;
  return [...records].sort(
    (a, b) =>
      (placed ? place(a) - place(b) : 0) ||
      time(a) - time(b) ||
      place(a) - place(b) ||
      (instanceKey(a) < instanceKey(b) ? -1 : 1),
  );
}
