import { type KubeObject, type ObjectSet, refOf } from "../object/index.js";
import type { ApplySetRule } from "./manifest.js";

/** The objects set by set, in their order; what no rule names goes last, as a set without a name. Empty sets are left out. */
export function splitIntoSets(objects: readonly KubeObject[], rules: readonly ApplySetRule[]): ObjectSet[] {
  const setOf = new Map<string, string>();
  for (const { name, kinds } of rules) for (const kind of kinds) if (!setOf.has(kind)) setOf.set(kind, name);
  const names = [...rules.map(({ name }) => name), ""];
  return names
    .map((name) => ({ name, objects: objects.filter((object) => (setOf.get(kindOf(object)) ?? "") === name) }))
    .filter((set) => set.objects.length > 0);
}

/** `Kind` for the core group, `Kind.group` for others. */
function kindOf(object: KubeObject): string {
  const { group, kind } = refOf(object);
  return group === "" ? kind : `${kind}.${group}`;
}
