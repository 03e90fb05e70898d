import bundleFileSchema from "../../../schemas/bundle.schema.json" with { type: "json" };
import type { Bundle, BundleModule } from "../bundle/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import type { Resolver } from "../module/index.js";
import { resolveModule } from "./resolve-module.js";

/**
 * The JSON Schema of a bundle file with the values of its modules in it, for editors: an instance whose module has the URL
 * and version of one of the bundle's has that module's values. Where a value may come from the runtime, the text of a
 * `@timoni(runtime:…)` attribute is fine, too.
 *
 * @param baseDir The folder that relative names of bundle files count from
 * @throws {SheafError} For modules that cannot be had
 */
export async function bundleSchema(
  bundle: Bundle,
  resolver: Pick<Resolver, "resolve">,
  baseDir = ".",
): Promise<JsonObject> {
  const wanted = new Map(bundle.instances.map(({ module }) => [`${module.url}@${module.version}`, module]));
  const definitions: JsonObject = {};
  const conditions: JsonValue[] = [];
  for (const module of wanted.values()) {
    const { module: found } = await resolveModule(module, resolver, baseDir);
    const name = `${found.name}@${found.version}`;
    definitions[name] = embedded(found.schema, name);
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    conditions.push({ if: usesModule(module), then: withValues(found.schema, name) });
  }
  const { $id: _, examples: __, ...file } = structuredClone<JsonObject>(bundleFileSchema);
  const defs = isJsonObject(file.$defs) ? file.$defs : {};
  const instance = isJsonObject(defs.instance) ? defs.instance : {};
  return {
    ...file,
    title: `sheaf bundle ${bundle.name}`,
    $defs: { ...defs, instance: { ...instance, allOf: conditions }, ...definitions },
  };
}

/** Tells the instances that use a module in the version that the bundle asks for; no version is `latest`. */
function usesModule({ url, version }: BundleModule): JsonObject {
  const isLatest = version === "latest";
  const module = {
    required: isLatest ? ["url"] : ["url", "version"],
    properties: { url: { const: url }, version: { const: version } },
  };
  return { required: ["module"], properties: { module } };
}

function withValues(schema: JsonObject, name: string): JsonObject {
  const isRequired = Array.isArray(schema.required) && schema.required.length > 0;
  const values: JsonObject = { properties: { values: { $ref: `#/$defs/${name}` } } };
  return isRequired ? { ...values, required: ["values"] } : values;
}

/** The schema of a module as a definition of another one. */
function embedded(schema: JsonObject, name: string): JsonObject {
  const { $schema: _, $id: __, examples: ___, ...rules } = schema;
  const made = rewrite(rules, name);
  return isJsonObject(made) ? made : {};
}

const scalarTypes = new Set<JsonValue | undefined>(["string", "integer", "number", "boolean"]);

/** Keywords whose value is data, or names. */
const dataKeywords = new Set(["const", "default", "enum", "examples", "required"]);
/** Keywords whose value has schemas by name. */
const schemaMaps = new Set(["properties", "patternProperties", "$defs", "dependentSchemas"]);

/** A schema whose references lead into the definition, and whose scalars may be attributes. */
function rewrite(node: JsonValue, name: string): JsonValue {
  if (Array.isArray(node)) return node.map((item) => rewrite(item, name));
  if (!isJsonObject(node)) return node;
  const made: JsonObject = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "$ref" && typeof value === "string") made[key] = value.replace(/^#(?=\/|$)/, `#/$defs/${name}`);
    else if (schemaMaps.has(key) && isJsonObject(value))
      made[key] = Object.fromEntries(Object.entries(value).map(([child, schema]) => [child, rewrite(schema, name)]));
    else made[key] = dataKeywords.has(key) ? value : rewrite(value, name);
  }
  return isScalar(made) ? orAttribute(made) : made;
}

/** Whether a schema is of one scalar, of which not every text is. */
function isScalar({ type, enum: choices, pattern, format }: JsonObject): boolean {
  if (Array.isArray(choices)) return choices.every((choice) => typeof choice !== "object");
  return scalarTypes.has(type) && (type !== "string" || pattern !== undefined || format !== undefined);
}

function orAttribute(schema: JsonObject): JsonObject {
  const { description, default: preset, ...rules } = schema;
  return {
    ...(description !== undefined && { description }),
    ...(preset !== undefined && { default: preset }),
    anyOf: [rules, { type: "string", pattern: "@timoni\\(runtime:" }],
  };
}
