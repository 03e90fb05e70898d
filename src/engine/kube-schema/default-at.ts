import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import type { Path } from "./fault.js";

/** The default that a structural schema gives to a place; undefined where it gives none, or does not know the place. */
export function defaultAt(schema: JsonObject, [step, ...rest]: Path): JsonValue | undefined {
  if (step === undefined) return schema.default;
  const { properties, additionalProperties, items } = schema;
  const named = isJsonObject(properties) && Object.hasOwn(properties, step) ? properties[step] : additionalProperties;
  const inner = typeof step === "number" ? items : named;
  return isJsonObject(inner) ? defaultAt(inner, rest) : undefined;
}
