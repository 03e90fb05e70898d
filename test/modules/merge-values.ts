import { isJsonObject, type JsonObject } from "../../src/engine/json/index.js";

/** Values with others laid over them: maps are merged, all else is replaced. */
export function mergeValues(base: JsonObject, over: JsonObject): JsonObject {
  const made = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const known = made[key];
    made[key] = isJsonObject(known) && isJsonObject(value) ? mergeValues(known, value) : value;
  }
  return made;
}
