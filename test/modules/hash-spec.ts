import { createHash } from "node:crypto";
import { isJsonObject, type JsonValue } from "../../src/engine/json/index.js";

/** The sha256 of a definition's `spec` as JSON with sorted keys, without any text in `description`. */
export function hashSpec(spec: JsonValue): string {
  return createHash("sha256")
    .update(JSON.stringify(normal(spec)))
    .digest("hex");
}

function normal(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(normal);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([key, part]) => !(key === "description" && typeof part === "string"));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, normal(part)]));
}
