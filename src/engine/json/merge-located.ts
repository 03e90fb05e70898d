import type { Located, LocatedField } from "./located.js";

/**
 * Data laid over other data: objects are merged field by field, and anything else of `over` takes the place of what `base` has
 * there, a list as a whole. Fields keep the order of `base`; new ones follow.
 */
export function mergeLocated(base: Located, over: Located): Located {
  if (base.kind !== "struct" || over.kind !== "struct") return over;
  const fields = new Map<string, LocatedField>(base.fields);
  for (const [key, field] of over.fields) {
    const below = base.fields.get(key);
    fields.set(key, below === undefined ? field : { ...field, value: mergeLocated(below.value, field.value) });
  }
  return { ...over, fields };
}
