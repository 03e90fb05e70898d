import { sameScalar } from "../scalar.js";
import type { Data } from "./arguments.js";

/** Tells whether two data are equal; `1` and `1.0` are not. */
export function equalData(a: Data | undefined, b: Data | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (isList(a) || isList(b))
    return isList(a) && isList(b) && a.length === b.length && a.every((item, i) => equalData(item, b[i]));
  if (isFields(a) || isFields(b))
    return (
      isFields(a) && isFields(b) && a.size === b.size && [...a].every(([key, value]) => equalData(value, b.get(key)))
    );
  return sameScalar(a, b);
}

export function isList(data: Data): data is readonly Data[] {
  return Array.isArray(data);
}

export function isFields(data: Data): data is ReadonlyMap<string, Data> {
  return data instanceof Map;
}
