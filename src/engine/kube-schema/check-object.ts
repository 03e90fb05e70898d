import { adviseOnName } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, typeNames } from "../json/index.js";
import type { KubeObject } from "../object/index.js";
import { checkRules, isOfType } from "./check-rules.js";
import { faultAt, type ObjectFault, type Path } from "./fault.js";

/** What schemas refer to by `$ref`. */
export type Definitions = Readonly<{
  resolve: (name: string) => JsonObject | undefined;
  /** Why a definition does not have a field, where that can be said. */
  explainField: (name: string, field: string) => string | undefined;
}>;

const noDefinitions: Definitions = { resolve: () => undefined, explainField: () => undefined };

/** What every object has, whatever its schema says; the server checks metadata by rules of its own. */
const objectFields = ["apiVersion", "kind", "metadata"];

/**
 * Checks an object against the schema of its kind, as an API server does with `fieldValidation=Strict`: types, required
 * and unknown fields, enumerations, patterns, formats, limits, keys of lists. Rules in CEL (`x-kubernetes-validations`) are
 * left to the server. A field that is null counts as absent, unless it is `nullable`.
 *
 * @param schema A structural schema: `openAPIV3Schema` of a definition's version
 *   (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema)
 * @param definitions Those that a `$ref` may name; `meta.v1.ObjectMeta` among them, metadata is checked, too
 * @returns Everything that is wrong
 * @example
 * ```ts
 * checkObject(gitRepository, schema); // [{ path: "spec.intervall", message: "unknown field; did you mean interval?", … }]
 * ```
 */
export function checkObject(object: KubeObject, schema: JsonObject, definitions = noDefinitions): ObjectFault[] {
  const checker = new Checker(definitions);
  const rules = typeof schema.$ref === "string" ? schema : { ...schema, "x-kubernetes-embedded-resource": true };
  return [...checker.check(object, rules, [])];
}

class Checker {
  readonly #definitions: Definitions;

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  /** @param name What the definition is called, where the schema is one */
  *check(value: JsonValue, schema: JsonObject, path: Path, name?: string): Generator<ObjectFault> {
    const { $ref } = schema;
    if (typeof $ref === "string") {
      yield* this.check(value, this.#definitions.resolve($ref) ?? {}, path, $ref);
      return;
    }
    if (value === null && schema.nullable === true) return;
    const wanted = wantedType(value, schema);
    if (wanted !== undefined) {
      yield faultAt(path, `expected ${wanted}${found(value)}${advice(wanted, value)}`, value);
      return; // what follows from a wrong type tells nothing more
    }
    yield* checkRules(value, schema, path);
    if (Array.isArray(value)) {
      const { items } = schema;
      for (const [index, item] of value.entries())
        if (isJsonObject(items)) yield* this.check(item, items, [...path, index]);
    } else if (isJsonObject(value)) yield* this.#fields(value, schema, path, name);
  }

  *#fields(value: JsonObject, schema: JsonObject, path: Path, name: string | undefined): Generator<ObjectFault> {
    const properties = isJsonObject(schema.properties) ? schema.properties : {};
    const { additionalProperties: others = schema.type === undefined } = schema;
    const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true || others === true;
    const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
    for (const [key, field] of Object.entries(value)) {
      const at = [...path, key];
      const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (isEmbedded && objectFields.includes(key)) {
        if (key === "metadata") yield* this.check(field, { $ref: "meta.v1.ObjectMeta" }, at);
        continue;
      }
      const known = isJsonObject(property) ? property : isJsonObject(others) ? others : undefined;
      if (known === undefined) {
        if (!isOpen) yield { ...faultAt(at, this.#unknown(key, Object.keys(properties), name)), isUnknownField: true };
        // A null is dropped before types are looked at.
      } else if (field !== null) yield* this.check(field, known, at);
    }
  }

  #unknown(key: string, known: readonly string[], name: string | undefined): string {
    const why = name === undefined ? undefined : this.#definitions.explainField(name, key);
    return why ?? `unknown field${known.length === 0 ? "" : `; ${adviseOnName(key, known)}`}`;
  }
}

/** The name of the type that is wanted, where the value is of another. */
function wantedType(value: JsonValue, schema: JsonObject): string | undefined {
  const { type, format } = schema;
  if (schema["x-kubernetes-int-or-string"] === true || format === "int-or-string")
    return typeof value === "string" || Number.isInteger(value) ? undefined : "an integer or a string";
  if (format === "quantity" && type === undefined)
    return typeof value === "string" || typeof value === "number" ? undefined : "a quantity, such as 100m or 64Mi";
  if (typeof type !== "string") return undefined;
  return isOfType(value, type) ? undefined : (typeNames[type] ?? type);
}

/** What is no scalar is told by its type. */
function found(value: JsonValue): string {
  if (value === null) return "; found null";
  if (Array.isArray(value)) return "; found a list";
  return isJsonObject(value) ? "; found an object" : "";
}

/** The usual slips of YAML: quotes too many, or too few. */
function advice(wanted: string, value: JsonValue): string {
  if (wanted === typeNames.string && (typeof value === "number" || typeof value === "boolean"))
    return " (put it in quotes)";
  if (typeof value !== "string") return "";
  const isOther = wanted === typeNames.boolean ? /^(?:true|false)$/ : /^-?\d+$/;
  return wanted !== typeNames.array && wanted !== typeNames.object && isOther.test(value)
    ? " (leave the quotes out)"
    : "";
}
