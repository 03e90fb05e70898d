import { type SheafError, throwFaults } from "../diagnostics/index.js";
import {
  canBeRecorded,
  type InstanceId,
  type InstanceRecord,
  type InstanceRevision,
  instanceKey,
  recordedRefs,
  sortRecords,
} from "../inventory/index.js";
import {
  formatRef,
  type HealthCheck,
  type KubeObject,
  type ObjectRef,
  refKey,
  refOf,
  withScope,
} from "../object/index.js";
import { DuplicateObjectError, OwnershipError, PlanError } from "./errors.js";
import { findMisfits } from "./find-misfits.js";
import type { RenderedBundle, RenderedInstance } from "./input.js";
import { prepareObject } from "./prepare.js";
import { clusterKindsOf, withoutIdleNamespaces } from "./scope.js";
import { planStages, type Stage } from "./stages.js";

/** What has to be done for one instance. */
export type InstancePlan = InstanceId &
  Readonly<{
    /** The instance's place in the bundle, from 0. */
    order: number;
    /** What the target has recorded; undefined for a new instance. */
    record: InstanceRecord | undefined;
    /** What will be recorded; its `lastTransitionTime` is empty until then. */
    revision: InstanceRevision;
    /** All objects, ready to be applied, in apply order. */
    objects: readonly KubeObject[];
    healthChecks: readonly HealthCheck[];
    stages: readonly Stage[];
    /** Recorded objects that the new revision no longer has, in the order in which they are deleted. */
    stale: readonly ObjectRef[];
    /** Recorded objects that a later instance takes over. */
    moved: readonly MovedObject[];
  }>;

/** An object that goes to another instance of the bundle: that at place `to`. */
export type MovedObject = Readonly<{ ref: ObjectRef; to: number }>;

/** What has to be done for a bundle. */
export type BundlePlan = Readonly<{
  /** Undefined for an instance alone. */
  bundle: string | undefined;
  instances: readonly InstancePlan[];
  /** Instances that the target has of this bundle and that the bundle no longer names, in the order of installation. */
  unnamed: readonly InstanceRecord[];
}>;

export type PlanOptions = Readonly<{ overwriteOwnership?: boolean }>;

/**
 * Compares a rendered bundle with what a target has recorded. Pure: reads and changes nothing else.
 *
 * @param records Those of the bundle, and those of other owners that stand at the place of one of its instances
 * @throws {SheafError} {@link DuplicateObjectError}, {@link OwnershipError} or {@link PlanError}; several are reported together
 */
export function planBundle(
  bundle: RenderedBundle,
  records: readonly InstanceRecord[],
  options: PlanOptions = {},
): BundlePlan {
  const isClusterKind = clusterKindsOf(bundle.instances.flatMap(({ objects }) => objects));
  const instances = bundle.instances.map((instance) => withoutIdleNamespaces(instance, isClusterKind));
  const faults = [
    ...findDuplicates(instances),
    ...findMisfits(instances, bundle.secrets),
    ...(options.overwriteOwnership === true ? [] : findConflicts(bundle, records)),
  ];
  throwFaults(faults);
  const recordOf = new Map(records.map((record) => [instanceKey(record), record]));
  const refsOf = (id: InstanceId): ObjectRef[] => {
    const record = recordOf.get(instanceKey(id));
    return record === undefined ? [] : recordedRefs(record).map((ref) => withScope(ref, isClusterKind));
  };
  const places = new Map(
    instances.flatMap(({ objects }, order) =>
      objects.map((object): [string, number] => [refKey(refOf(object)), order]),
    ),
  );
  const named = new Set(instances.map(instanceKey));
  return {
    bundle: bundle.name,
    instances: instances.map((instance, order) => {
      const record = recordOf.get(instanceKey(instance));
      return planInstance(bundle.name, instance, order, record, refsOf(instance), places);
    }),
    unnamed: sortRecords(
      records.filter(
        (record) => bundle.name !== undefined && record.bundle === bundle.name && !named.has(instanceKey(record)),
      ),
    ),
  };
}

/**
 * `places` tells of every object of the bundle at which place its instance is: one that moves from an instance to another
 * is not pruned between.
 */
function planInstance(
  bundle: string | undefined,
  instance: RenderedInstance,
  order: number,
  record: InstanceRecord | undefined,
  recorded: readonly ObjectRef[],
  places: ReadonlyMap<string, number>,
): InstancePlan {
  const { name, namespace, module, images } = instance;
  const sets = instance.sets ?? [{ name: "", objects: instance.objects }];
  const prepared = sets.map((set) => ({
    name: set.name,
    objects: set.objects.map((object) => prepareObject(object, instance)),
  }));
  const objects = prepared.flatMap((set) => set.objects);
  return {
    name,
    namespace,
    order,
    record,
    revision: {
      name,
      namespace,
      ...(bundle !== undefined && { bundle }),
      module,
      values: JSON.stringify(instance.values),
      lastTransitionTime: "",
      inventory: objects.map(refOf),
      images,
    },
    objects,
    healthChecks: instance.healthChecks ?? [],
    stages: planStages(prepared),
    stale: recorded.filter((ref) => !places.has(refKey(ref))).reverse(),
    moved: recorded.flatMap((ref) => {
      const to = places.get(refKey(ref));
      return to === undefined || to <= order ? [] : { ref, to };
    }),
  };
}

function findDuplicates(instances: readonly RenderedInstance[]): SheafError[] {
  const faults: SheafError[] = [];
  const ids = new Set<string>();
  const seen = new Map<string, RenderedInstance>();
  for (const instance of instances) {
    const id = instanceKey(instance);
    if (ids.has(id)) {
      const text = `instance "${instance.name}" in namespace "${instance.namespace}" is named twice`;
      faults.push(new PlanError("duplicate-instance", text, instance.pos));
    }
    ids.add(id);
    for (const ref of instance.objects.map(refOf)) {
      const first = seen.get(refKey(ref));
      if (first !== undefined) faults.push(new DuplicateObjectError(ref, first, instance, instance.pos, first.pos));
      else seen.set(refKey(ref), instance);
      if (!canBeRecorded(ref)) {
        const text = `instance "${instance.name}" renders ${formatRef(ref)}, whose name an inventory cannot carry; use a name without "__"`;
        faults.push(new PlanError("unrecordable-name", text, instance.pos));
      }
    }
  }
  return faults;
}

function findConflicts(bundle: RenderedBundle, records: readonly InstanceRecord[]): SheafError[] {
  const recordOf = new Map(records.map((record) => [instanceKey(record), record]));
  return bundle.instances.flatMap((instance) => {
    const record = recordOf.get(instanceKey(instance));
    if (record === undefined || record.bundle === bundle.name) return [];
    return [new OwnershipError(instance, record.bundle, bundle.name, instance.pos)];
  });
}
