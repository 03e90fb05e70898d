import { protocol } from "../../inventory/index.js";
import type { KubeObject, ObjectRef } from "../../object/index.js";
import { TargetError } from "../errors.js";
import type { Api } from "./api.js";
import type { ObjectPart } from "./collection.js";
import type { Resource } from "./discovery.js";

/** From how many objects of one kind and namespace on one list is cheaper than a request for each. */
const minForList = 4;

/** How objects are found by label: those that bundles apply all carry it. */
export const anyInstance = protocol.label.instanceName;

/** Objects of one kind in one place; `indexes` say which of the references are meant. */
export type Group = Readonly<{ resource: Resource; namespace: string; indexes: number[] }>;

/**
 * Reads live objects, in the order of the references; undefined for one that is absent. Many objects of one kind and
 * namespace come by one list of what carries an instance label; what that does not bring is asked for by name, so the
 * answer is the same as if each had been.
 */
export async function readObjects(
  api: Api,
  refs: readonly ObjectRef[],
  part: ObjectPart,
  signal?: AbortSignal,
): Promise<(KubeObject | undefined)[]> {
  const found: (KubeObject | undefined)[] = refs.map(() => undefined);
  const readOne = async (resource: Resource, index: number) => {
    const ref = refs[index];
    if (ref !== undefined) found[index] = await api.getFrom(resource, ref, signal, part);
  };
  const readGroup = async ({ resource, namespace, indexes }: Group) => {
    const listed = indexes.length < minForList ? undefined : await tryList(api, resource, namespace, part, signal);
    const missed: number[] = [];
    for (const index of indexes) {
      found[index] = listed?.get(refs[index]?.name ?? "");
      if (found[index] === undefined) missed.push(index);
    }
    await Promise.all(missed.map((index) => readOne(resource, index)));
  };
  await Promise.all((await groupByResource(api, refs, signal)).map(readGroup));
  return found;
}

/** Sorts references by where they are served; those of kinds that the server does not know are in no group. */
export async function groupByResource(api: Api, refs: readonly ObjectRef[], signal?: AbortSignal): Promise<Group[]> {
  const resources = await Promise.all(refs.map((ref) => api.discovery.find(ref, signal)));
  const groups = new Map<string, Group>();
  for (const [index, ref] of refs.entries()) {
    const resource = resources[index];
    if (resource === undefined) continue; // the server does not know the kind, so it has no such object
    const namespace = resource.namespaced ? ref.namespace : "";
    const key = `${resource.apiVersion}/${resource.plural}/${namespace}`;
    const group = groups.get(key) ?? { resource, namespace, indexes: [] };
    groups.set(key, group);
    group.indexes.push(index);
  }
  return [...groups.values()];
}

/** The labelled objects by name; undefined for a user who may not list. */
async function tryList(
  api: Api,
  resource: Resource,
  namespace: string,
  part: ObjectPart,
  signal?: AbortSignal,
): Promise<Map<string, KubeObject> | undefined> {
  try {
    const objects = await api.list(resource, { namespace, labelSelector: anyInstance, part }, signal);
    return new Map(objects.map((object) => [object.metadata.name, object]));
  } catch (error) {
    if (error instanceof TargetError && error.code === "forbidden") return undefined;
    throw error;
  }
}
