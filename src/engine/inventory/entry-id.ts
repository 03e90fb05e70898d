import { type ObjectRef, withScope } from "../object/index.js";

const rbacGroup = "rbac.authorization.k8s.io";

/**
 * The id by which an inventory names an object: `<namespace>_<name>_<group>_<kind>`, empty parts left empty. A `:` in the
 * name of an RBAC object is written `__` (docs/cluster-state.md, "Instance record").
 *
 * @example
 * ```ts
 * formatEntryId({ group: "", version: "v1", kind: "Namespace", namespace: "", name: "flux-system" }); // "_flux-system__Namespace"
 * ```
 */
export function formatEntryId(ref: ObjectRef): string {
  const name = ref.group === rbacGroup ? ref.name.replaceAll(":", "__") : ref.name;
  return `${ref.namespace}_${name}_${ref.group}_${ref.kind}`;
}

/**
 * The object that an inventory entry names, or undefined where the id has too few parts. Namespaces, groups and kinds
 * hold no `_`, so the rest is the name. A namespace of a kind that is in none is left out.
 */
export function tryParseEntryId(id: string, version: string): ObjectRef | undefined {
  const match = /^(?<namespace>[^_]*)_(?<name>.+)_(?<group>[^_]*)_(?<kind>[^_]+)$/s.exec(id);
  if (match?.groups === undefined) return undefined;
  const { namespace = "", name = "", group = "", kind = "" } = match.groups;
  return withScope({ group, version, kind, namespace, name: group === rbacGroup ? name.replaceAll("__", ":") : name });
}

/** Whether the id of an object leads back to that object, and not to another: `a__b` and `a:b` share one. */
export function canBeRecorded(ref: ObjectRef): boolean {
  const back = tryParseEntryId(formatEntryId(ref), ref.version);
  return back?.name === ref.name && back.namespace === ref.namespace && back.group === ref.group;
}
