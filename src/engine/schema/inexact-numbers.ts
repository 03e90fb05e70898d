import type { Located } from "../json/index.js";
import { SchemaError } from "./errors.js";
import { formatPath } from "./path.js";

/** Integers that a JSON number of JavaScript cannot carry: they would be applied as other numbers. */
export function findInexactNumbers(located: Located, path: readonly string[]): SchemaError[] {
  if (located.kind === "list")
    return located.items.flatMap((item, i) => findInexactNumbers(item, [...path, String(i)]));
  if (located.kind === "struct") {
    return [...located.fields].flatMap(([key, { value }]) => findInexactNumbers(value, [...path, key]));
  }
  const { value, pos } = located;
  if (typeof value !== "number" || !Number.isInteger(value) || Number.isSafeInteger(value)) return [];
  const detail = "the integer is beyond ±(2^53 - 1) and could not be carried exactly; write it as a string";
  return [new SchemaError("invalid-value", formatPath(path), detail, pos)];
}
