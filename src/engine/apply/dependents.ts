import { type InstanceId, type InstanceRecord, instanceKey, recordedRefs } from "../inventory/index.js";
import { compareRefs, isDefinition, isNamespace, type ObjectRef, refKey } from "../object/index.js";
import { DependentsError } from "./errors.js";
import type { Run } from "./options.js";
import { tryDecodeAll } from "./records.js";

/**
 * Custom resources that deleting the definitions among `doomed` would take along, and that are not in `own`. Their
 * finalizers need the controllers that the same delete takes away, so they must be gone before anything else is.
 *
 * @param wanted Keys of objects that are applied at the same time: whatever the run may delete, these it may not
 * @returns All custom resources of the definitions, those in `own` too, in the order of deletion
 * @throws {DependentsError} Where it may not
 */
export async function guardDefinitions(
  run: Run,
  doomed: readonly ObjectRef[],
  own: ReadonlySet<string>,
  wanted: ReadonlySet<string> = new Set(),
): Promise<ObjectRef[]> {
  const definitions = doomed.filter(isDefinition);
  if (definitions.length === 0) return [];
  const resources = await run.target.listCustomResources(definitions, run.signal);
  resources.sort((a, b) => compareRefs(b, a));
  const lost = resources.filter((ref) => wanted.has(refKey(ref)));
  if (lost.length > 0) {
    const text =
      "definitions would be deleted whose custom resources the bundle still has; keep the instance that brings them:";
    throw new DependentsError("custom-resources", text, lost);
  }
  const foreign = resources.filter((ref) => !own.has(refKey(ref)));
  if (foreign.length === 0 || run.deleteResources) return resources;
  throw new DependentsError(
    "custom-resources",
    `deleting the definitions of this bundle would delete ${count(foreign.length, "custom resource")} that ` +
      `${foreign.length === 1 ? "is" : "are"} not the bundle's, and whose finalizers need its controllers; ` +
      "delete them first, or have them deleted with --delete-resources:",
    foreign,
  );
}

/**
 * Refuses to delete a Namespace in which other instances live: they and their records would go with it.
 *
 * @param own Keys of the instances that are deleted with it
 * @throws {DependentsError} Naming those instances
 */
export async function guardNamespaces(run: Run, doomed: readonly ObjectRef[], own: ReadonlySet<string>): Promise<void> {
  const namespaces = new Set(doomed.filter(isNamespace).map(({ name }) => name));
  const dwellers = (await findDwellers(run, namespaces)).filter(({ record }) => !own.has(instanceKey(record)));
  if (dwellers.length === 0) return;
  throw new DependentsError(
    "namespace-in-use",
    `deleting ${[...namespaces].map((name) => `Namespace/${name}`).join(", ")} would delete what other instances have in it; ` +
      "delete these instances first:",
    dwellers.map(({ record }) => instanceRef(record)),
  );
}

/** The instances that live in one of the namespaces, or have objects there; with the namespaces that they use. */
export async function findDwellers(
  run: Run,
  namespaces: ReadonlySet<string>,
): Promise<{ record: InstanceRecord; uses: string[] }[]> {
  if (namespaces.size === 0) return [];
  const { records } = tryDecodeAll(await run.target.listRecords({}, run.signal));
  return records.flatMap((record) => {
    const used = new Set([record.namespace, ...recordedRefs(record).map((ref) => ref.namespace)]);
    const uses = [...used].filter((namespace) => namespaces.has(namespace));
    return uses.length === 0 ? [] : [{ record, uses }];
  });
}

function instanceRef({ namespace, name }: InstanceId): ObjectRef {
  return { group: "timoni.sh", version: "v1alpha1", kind: "Instance", namespace, name };
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
