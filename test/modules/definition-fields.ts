import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";

/**
 * The fields below `spec` of a custom resource definition's stored version that have no fields of their own: items of lists
 * are `[]`, values of maps `*`.
 */
export function fieldsOf(definition: KubeObject): string[] {
  return leavesOf(specSchemaOf(definition), "");
}

/** Those of `fieldsOf` that an object of the definition's kind sets. */
export function fieldsSet({ spec }: KubeObject, definition: KubeObject): string[] {
  return isJsonObject(spec) ? setLeavesOf(spec, specSchemaOf(definition), "") : [];
}

/** The schema of `spec` in the version that is stored. */
export function specSchemaOf({ spec }: KubeObject): JsonObject {
  const versions = isJsonObject(spec) && Array.isArray(spec.versions) ? spec.versions.filter(isJsonObject) : [];
  const stored = versions.find(({ storage }) => storage === true);
  return objectAt(stored?.schema, "openAPIV3Schema", "properties", "spec");
}

function objectAt(value: JsonValue | undefined, ...path: string[]): JsonObject {
  const found = path.reduce((at, key) => (isJsonObject(at) ? at[key] : undefined), value);
  return isJsonObject(found) ? found : {};
}

/** The parts of a schema with the step that leads to each; none where it is a value, or takes any. */
function partsOf(schema: JsonObject): [step: string, schema: JsonObject][] {
  const { properties, items, additionalProperties } = schema;
  if (isJsonObject(properties)) return Object.entries(properties).map(([key, part]) => [`.${key}`, objectAt(part)]);
  if (isJsonObject(items)) return [["[]", items]];
  return isJsonObject(additionalProperties) ? [[".*", additionalProperties]] : [];
}

function leavesOf(schema: JsonObject, path: string): string[] {
  const parts = partsOf(schema);
  return parts.length === 0 ? [path.slice(1)] : parts.flatMap(([step, part]) => leavesOf(part, path + step));
}

function setLeavesOf(value: JsonValue, schema: JsonObject, path: string): string[] {
  const parts = partsOf(schema);
  if (parts.length === 0) return [path.slice(1)];
  return parts.flatMap(([step, part]) => {
    const values = step === "[]" || step === ".*" ? Object.values(value ?? {}) : [objectValue(value, step.slice(1))];
    return values.flatMap((each) => (each === undefined ? [] : setLeavesOf(each, part, path + step)));
  });
}

function objectValue(value: JsonValue, key: string): JsonValue | undefined {
  return isJsonObject(value) ? value[key] : undefined;
}
