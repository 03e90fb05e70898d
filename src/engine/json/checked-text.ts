import { type Located, locate } from "./located.js";

/** The text of a field that a schema has found to be there, and a string. */
export function checkedText(value: Located, key: string): string {
  const found = locate(value, [key]);
  if (found?.kind !== "scalar" || typeof found.value !== "string")
    throw new TypeError(`${key} is checked by the schema`);
  return found.value;
}
