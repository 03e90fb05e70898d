import type { Located, LocatedField } from "./located.js";

/**
 * Data laid over other data: objects are merged field by field, the items of lists by their places, and anything else of
 * `over` takes the place of what `base` has there. A list is as long as that of `over`. Fields keep the order of `base`; new
 * ones follow.
 */
export function mergeLocated(base: Located, over: Located): Located {
  if (base.kind === "list" && over.kind === "list") return { ...over, items: mergeItems(base.items, over.items) };
  if (base.kind !== "struct" || over.kind !== "struct") return over;
  const fields = new Map<string, LocatedField>(base.fields);
  for (const [key, field] of over.fields) {
    const below = base.fields.get(key);
    fields.set(key, below === undefined ? field : { ...field, value: mergeLocated(below.value, field.value) });
  }
  return { ...over, fields };
}

function mergeItems(base: readonly Located[], over: readonly Located[]): Located[] {
  return over.map((item, index) => {
    const below = base[index];
    return below === undefined ? item : mergeLocated(below, item);
  });
}
