import { type InstanceRecord, type InstanceRevision, sameRevision } from "../inventory/index.js";
import { type ObjectRef, refKey } from "../object/index.js";
import type { InstancePlan } from "../plan/index.js";

/** What becomes of an instance's record. */
export type RecordSteps = Readonly<{
  /** The record while the objects are applied. */
  during: InstanceRecord;
  /** What `during` says, where it has to be written before the first object; absent where it is stored already. */
  announce?: "intended" | "pending";
  /** The record when all is done, made from the one that is stored by then; absent where that is `during`. */
  after?: (stored: InstanceRecord) => InstanceRecord;
}>;

/**
 * Plans the writes of a record, so that it names at every moment all objects that may exist. A new instance is recorded
 * with its full inventory. A change of one is recorded as pending, also where the inventory stays the same: of two runs
 * that start from the same record, the second then fails before it has touched an object.
 *
 * @param time The `lastTransitionTime` of what is written
 */
export function planRecord(plan: InstancePlan, time: string): RecordSteps {
  const { name, namespace, order, record } = plan;
  const revision: InstanceRevision = { ...plan.revision, lastTransitionTime: time };
  const { bundle } = revision;
  const owner = bundle === undefined ? {} : { bundle };
  // A place is one in a bundle.
  const place = bundle === undefined ? {} : { order };
  const after = (stored: InstanceRecord): InstanceRecord => {
    const { pending: _, installing: __, order: ___, bundle: ____, ...kept } = stored;
    return { ...kept, ...owner, ...place, instance: revision };
  };
  if (record === undefined)
    return {
      during: { name, namespace, ...owner, ...place, installing: true, instance: revision },
      announce: "intended",
      after,
    };
  const isOurs = record.bundle === bundle && record.deleting === undefined;
  const isPlaced = isOurs && record.order === place.order;
  if (isPlaced && record.pending === undefined && sameRevision(record.instance, revision))
    return record.installing === undefined ? { during: record } : { during: record, after };

  const pending = { ...revision, inventory: [...revision.inventory, ...carriedRefs(plan)] };
  if (isOurs && record.pending !== undefined && sameRevision(record.pending, pending)) return { during: record, after };
  const { deleting: _, bundle: __, ...kept } = record;
  return { during: { ...kept, ...owner, pending }, announce: "pending", after };
}

/** Whether any of the steps is a write. */
export function changesRecord({ announce, after }: RecordSteps): boolean {
  return announce !== undefined || after !== undefined;
}

/** What only an earlier unfinished revision named: it is pruned, or recorded elsewhere, at the end, and must not be forgotten until then. */
function carriedRefs({ record, stale, moved }: InstancePlan): ObjectRef[] {
  const recorded = new Set(record?.instance.inventory.map(refKey));
  return [...moved.map(({ ref }) => ref), ...[...stale].reverse()].filter((ref) => !recorded.has(refKey(ref)));
}
