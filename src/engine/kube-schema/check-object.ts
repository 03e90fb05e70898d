import { suggest } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import type { KubeObject } from "../object/index.js";
import { checkRules, isOfType } from "./check-rules.js";
import { faultAt, type ObjectFault, type Path } from "./fault.js";

/** What every object has, whatever its schema says; the server checks metadata by rules of its own. */
const objectFields = ["apiVersion", "kind", "metadata"];

/**
 * Checks an object against the schema of its kind, as an API server does with `fieldValidation=Strict`: types, required
 * and unknown fields, enumerations, patterns, limits, keys of lists. Rules in CEL (`x-kubernetes-validations`) and string
 * formats are left to the server.
 *
 * @param schema A structural schema: `openAPIV3Schema` of a definition's version
 *   (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema)
 * @returns Everything that is wrong
 * @example
 * ```ts
 * checkObject(gitRepository, schema); // [{ path: "spec.intervall", message: "unknown field; did you mean interval?" }]
 * ```
 */
export function checkObject(object: KubeObject, schema: JsonObject): ObjectFault[] {
  return [...checkFields(object, { ...schema, "x-kubernetes-embedded-resource": true }, [])];
}

function* check(value: JsonValue, schema: JsonObject, path: Path): Generator<ObjectFault> {
  if (value === null && (schema.nullable === true || schema.default !== undefined)) return;
  const wanted = wantedType(value, schema);
  if (wanted !== undefined) {
    yield faultAt(path, `expected ${wanted}${found(value)}`, value);
    return; // what follows from a wrong type tells nothing more
  }
  yield* checkRules(value, schema, path);
  if (Array.isArray(value)) {
    const { items } = schema;
    for (const [index, item] of value.entries()) if (isJsonObject(items)) yield* check(item, items, [...path, index]);
  } else if (isJsonObject(value)) yield* checkFields(value, schema, path);
}

function* checkFields(value: JsonObject, schema: JsonObject, path: Path): Generator<ObjectFault> {
  if (path.length === 0) yield* checkRules(value, schema, path);
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const { additionalProperties } = schema;
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true || additionalProperties === true;
  const embedded = schema["x-kubernetes-embedded-resource"] === true ? objectFields : [];
  for (const [key, field] of Object.entries(value)) {
    const at = [...path, key];
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (embedded.includes(key)) continue;
    if (isJsonObject(property)) yield* check(field, property, at);
    else if (isJsonObject(additionalProperties)) yield* check(field, additionalProperties, at);
    else if (!isOpen) yield faultAt(at, `unknown field${hint(key, Object.keys(properties))}`);
  }
}

function hint(key: string, known: readonly string[]): string {
  const near = suggest(key, known);
  if (near !== undefined) return `; did you mean ${near}?`;
  return known.length === 0 ? "" : `; known are ${known.slice(0, 12).join(", ")}${known.length > 12 ? ", …" : ""}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a string",
  integer: "an integer",
  number: "a number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
};

/** The name of the type that is wanted, where the value is of another. */
function wantedType(value: JsonValue, schema: JsonObject): string | undefined {
  if (schema["x-kubernetes-int-or-string"] === true)
    return typeof value === "string" || Number.isInteger(value) ? undefined : "an integer or a string";
  const { type } = schema;
  if (typeof type !== "string") return undefined;
  return isOfType(value, type) ? undefined : (typeNames[type] ?? type);
}

/** What is no scalar is told by its type. */
function found(value: JsonValue): string {
  if (value === null) return "; found null";
  if (Array.isArray(value)) return "; found a list";
  return isJsonObject(value) ? "; found an object" : "";
}
