import { type InstanceRecord, type InstanceRevision, sameRevision } from "../inventory/index.js";
import { type ObjectRef, refKey } from "../object/index.js";
import type { InstancePlan } from "../plan/index.js";

/**
 * What becomes of an instance's record: `before` is written before the first object, `after` when all is done. Both are
 * absent where the record says already what it has to.
 */
export type RecordSteps = Readonly<{
  before?: Readonly<{ record: InstanceRecord; state: "intended" | "pending" }>;
  /** Made from the record as it is stored by then. */
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
  const owner = revision.bundle === undefined ? {} : { bundle: revision.bundle };
  if (record === undefined) {
    return { before: { record: { name, namespace, ...owner, order, instance: revision }, state: "intended" } };
  }
  const isOurs = record.bundle === revision.bundle && record.order === order && record.deleting === undefined;
  if (isOurs && record.pending === undefined && sameRevision(record.instance, revision)) return {};

  const after = ({ pending: _, ...stored }: InstanceRecord): InstanceRecord => ({ ...stored, instance: revision });
  const pending = { ...revision, inventory: [...revision.inventory, ...carriedRefs(plan)] };
  if (isOurs && record.pending !== undefined && sameRevision(record.pending, pending)) return { after };
  const { deleting: _, bundle: __, ...kept } = record;
  return { before: { record: { ...kept, ...owner, order, pending }, state: "pending" }, after };
}

/** What only an earlier unfinished revision named: it is pruned at the end, and must not be forgotten until then. */
function carriedRefs({ record, stale }: InstancePlan): ObjectRef[] {
  const recorded = new Set(record?.instance.inventory.map(refKey));
  return stale.filter((ref) => !recorded.has(refKey(ref))).reverse();
}
