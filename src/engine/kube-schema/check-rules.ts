import { equalJson, isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { faultAt, type ObjectFault, type Path } from "./fault.js";
import { matchesPattern } from "./patterns.js";
import { valueFormats } from "./value-formats.js";

/** The keywords of a schema that say nothing but which fields and items there are. */
const structure = new Set([
  "type",
  "properties",
  "items",
  "additionalProperties",
  "nullable",
  "default",
  "description",
]);
const withRules = new WeakMap<JsonObject, boolean>();

/** Most schemas have no rules at all: that is looked up once, since all of a large object passes here. */
function hasRules(schema: JsonObject): boolean {
  const known = withRules.get(schema) ?? Object.keys(schema).some((keyword) => !structure.has(keyword));
  withRules.set(schema, known);
  return known;
}

/** The rules of a schema about one value itself, not about what is in it. Its type is right already. */
export function* checkRules(value: JsonValue, schema: JsonObject, path: Path): Generator<ObjectFault> {
  if (!hasRules(schema)) return;
  for (const message of messages(value, schema)) yield faultAt(path, message, value);
  if (isJsonObject(value)) yield* missingFields(value, schema, path);
}

function* missingFields(value: JsonObject, schema: JsonObject, path: Path): Generator<ObjectFault> {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  for (const name of Array.isArray(schema.required) ? schema.required : []) {
    if (typeof name !== "string") continue;
    const property = properties[name];
    const keepsNull = !isJsonObject(property) || property.nullable === true;
    if (Object.hasOwn(value, name) && (value[name] !== null || keepsNull)) continue;
    // The server fills in defaults before it checks.
    if (isJsonObject(property) && property.default !== undefined) continue;
    yield faultAt([...path, name], "required value is missing");
  }
}

function* messages(value: JsonValue, schema: JsonObject): Generator<string> {
  const { enum: allowed } = schema;
  if (Array.isArray(allowed) && !allowed.some((item) => equalJson(item, value)))
    yield `has to be one of ${allowed.map((item) => JSON.stringify(item)).join(", ")}`;
  if (typeof value === "string") yield* textMessages(value, schema);
  else if (typeof value === "number") yield* numberMessages(value, schema);
  else if (Array.isArray(value)) yield* listMessages(value, schema);
  else if (isJsonObject(value)) yield* sizeMessages(Object.keys(value).length, schema, "Properties", "fields");
  yield* combinedMessages(value, schema);
}

function* textMessages(value: string, schema: JsonObject): Generator<string> {
  const { pattern, format } = schema;
  yield* sizeMessages([...value].length, schema, "Length", "characters");
  if (typeof pattern === "string" && !matchesPattern(pattern, value)) yield `has to match ${pattern}`;
  const rule = typeof format === "string" && Object.hasOwn(valueFormats, format) ? valueFormats[format] : undefined;
  if (rule !== undefined && !rule.test(value)) yield `has to be ${rule.right}`;
}

function* numberMessages(value: number, schema: JsonObject): Generator<string> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format } = schema;
  if (typeof minimum === "number" && (exclusiveMinimum === true ? value <= minimum : value < minimum))
    yield `has to be ${exclusiveMinimum === true ? "more than" : "at least"} ${minimum}`;
  if (typeof maximum === "number" && (exclusiveMaximum === true ? value >= maximum : value > maximum))
    yield `has to be ${exclusiveMaximum === true ? "less than" : "at most"} ${maximum}`;
  if (typeof multipleOf === "number" && multipleOf > 0 && !Number.isInteger(value / multipleOf))
    yield `has to be a multiple of ${multipleOf}`;
  if (format === "int32" && Number.isInteger(value) && Math.trunc(value) !== (value | 0))
    yield "has to fit into 32 bits";
}

function* listMessages(value: readonly JsonValue[], schema: JsonObject): Generator<string> {
  yield* sizeMessages(value.length, schema, "Items", "items");
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  const isMap = type === "map" && Array.isArray(keys);
  if (!isMap && type !== "set" && schema.uniqueItems !== true) return;
  const identities = value.map((item) =>
    JSON.stringify(isMap && isJsonObject(item) ? keys.map((key) => item[String(key)] ?? null) : item),
  );
  const at = identities.findIndex((identity, index) => identities.indexOf(identity) !== index);
  if (at >= 0) yield `item ${at} repeats ${isMap ? keys.join(", ") : "the value"} of an earlier one`;
}

function* sizeMessages(size: number, schema: JsonObject, of: string, noun: string): Generator<string> {
  const [least, most] = [schema[`min${of}`], schema[`max${of}`]];
  if (typeof least === "number" && size < least) yield `has to have at least ${least} ${noun}, has ${size}`;
  if (typeof most === "number" && size > most) yield `has to have at most ${most} ${noun}, has ${size}`;
}

function* combinedMessages(value: JsonValue, schema: JsonObject): Generator<string> {
  const fits = (part: JsonValue) => isJsonObject(part) && !hasFault(value, part);
  const parts = (key: string) => (Array.isArray(schema[key]) ? schema[key] : []);
  if (!parts("allOf").every(fits)) yield "does not meet all of the forms that are demanded here";
  if (parts("anyOf").length > 0 && !parts("anyOf").some(fits)) yield "fits none of the forms that are allowed here";
  if (parts("oneOf").length > 0 && parts("oneOf").filter(fits).length !== 1)
    yield "has to fit exactly one of the forms that are allowed here";
  if (isJsonObject(schema.not) && fits(schema.not)) yield "has a form that is not allowed here";
}

/** Whether a value breaks a schema inside of `allOf`, `anyOf`, `oneOf` or `not`: there are rules only, no types of fields. */
function hasFault(value: JsonValue, schema: JsonObject): boolean {
  const { type, properties, items, additionalProperties } = schema;
  if (typeof type === "string" && !isOfType(value, type)) return true;
  if (!checkRules(value, schema, []).next().done) return true;
  const within = (inner: JsonValue | undefined, part: JsonValue | undefined) =>
    inner !== undefined && isJsonObject(part) && hasFault(inner, part);
  if (Array.isArray(value)) return value.some((item) => within(item, items));
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([key, inner]) => {
    const property = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
    return within(inner, property ?? additionalProperties);
  });
}

/** Whether a value is of a type by its name in a schema. */
export function isOfType(value: JsonValue, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  return type === (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);
}
