import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";
import { resolveRef } from "../../src/engine/module/schema-options.js";

/** Values in which every string that the schema leaves free is a mark of its own (`zq0qz`, `zq1qz`, …). */
export type MarkedValues = Readonly<{ template: JsonObject; marks: readonly string[] }>;

/** Replaces the strings of values for which the schema has neither a pattern, a format, a choice nor a form. */
export function markFreeStrings(values: JsonObject, schema: JsonObject): MarkedValues {
  const marks: string[] = [];
  const visit = (value: JsonValue, node: JsonValue | undefined): JsonValue => {
    const rules = isJsonObject(node) ? resolveRef(node, schema) : {};
    if (Array.isArray(value)) return value.map((item) => visit(item, rules.items));
    if (isJsonObject(value)) {
      const { properties, additionalProperties } = rules;
      const known = isJsonObject(properties) ? properties : {};
      return Object.fromEntries(
        Object.entries(value).map(([key, part]) => [key, visit(part, known[key] ?? additionalProperties)]),
      );
    }
    const bound = ["pattern", "format", "enum", "const", "contentMediaType"].some((rule) => rules[rule] !== undefined);
    if (typeof value !== "string" || bound) return value;
    return marks[marks.push(`zq${marks.length}qz`) - 1] ?? "";
  };
  const template = visit(values, schema);
  return { template: isJsonObject(template) ? template : {}, marks };
}

/** Data with every string replaced, keys left as they are. */
export function mapStrings<T extends JsonValue>(value: T, change: (text: string) => string): T;
export function mapStrings(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapStrings(part, change)]));
}
