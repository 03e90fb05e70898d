import { adviseOnName, suggest } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type Located } from "../json/index.js";
import { createAjv, formats, parsePointer, sinceKeyword } from "../schema/index.js";
import { ModuleError } from "./module-error.js";
import { posAt } from "./schema-faults.js";
import { inPlaceKeywords, type Subschema, subschemasIn } from "./subschemas.js";

/**
 * What an author of a schema gets wrong beyond the meta-schema: keywords that do nothing, objects that take any key,
 * names that are required and unknown, defaults that the schema itself refuses.
 */
export async function vetSchema(schema: JsonObject, located: Located): Promise<ModuleError[]> {
  const faults: ModuleError[] = [];
  const fault = (detail: string, steps: readonly string[]) =>
    faults.push(new ModuleError("bad-schema", detail, posAt(located, steps)));
  const ajv = await createAjv(schema);
  ajv.addSchema(schema, "values");

  for (const { node, steps, closed } of subschemas({ node: schema, steps: [], closed: false })) {
    for (const [at, detail] of keywordFaults(node)) fault(detail, [...steps, ...at]);
    const name = nameOf(steps);
    if (!closed && isJsonObject(node.properties) && !isClosed(node) && node.additionalProperties === undefined)
      fault(`${name} takes any key; add "additionalProperties": false, so that a misspelled key is an error`, steps);
    if (node.default === undefined) continue;
    if (steps.at(-2) === "$defs") {
      fault(`the default of ${name} is never filled in; write it beside the $ref that leads here`, [
        ...steps,
        "default",
      ]);
      continue;
    }
    const pointer = steps
      .map((step) => `/${encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))}`)
      .join("");
    const validate = ajv.compile({ $ref: `values#${pointer}` });
    if (validate(structuredClone(node.default))) continue;
    const [first] = validate.errors ?? [];
    const where = first?.instancePath ? `, at ${first.instancePath.slice(1).replaceAll("/", ".")}` : "";
    fault(`the default of ${name} is not valid${where}: it ${first?.message ?? "fails"}`, [...steps, "default"]);
  }
  if (faults.length > 0) return faults;
  try {
    (await createAjv(schema, { strict: true })).compile(schema);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, pointer = ""] = /"[^"]*#([^"]*)"/.exec(message) ?? [];
    fault(`the schema is not strict: ${message.replace(/^strict mode: /, "")}`, parsePointer(pointer));
  }
  return faults;
}

/** The keywords that have a meaning here: those of JSON Schema 2020-12 but for the ones that lead out of the schema. */
const keywords = new Set(
  [
    "$schema $id $comment $ref $defs title description default examples deprecated readOnly writeOnly",
    "type enum const format pattern minLength maxLength contentMediaType contentEncoding contentSchema",
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf",
    "properties patternProperties additionalProperties unevaluatedProperties propertyNames required",
    "minProperties maxProperties dependentRequired dependentSchemas",
    "items prefixItems unevaluatedItems contains minContains maxContains minItems maxItems uniqueItems",
    "allOf anyOf oneOf not if then else",
  ].flatMap((line) => line.split(" ")),
);

function* keywordFaults(node: JsonObject): Generator<readonly [steps: readonly string[], detail: string]> {
  for (const keyword of Object.keys(node)) {
    if (keywords.has(keyword) || keyword === sinceKeyword) continue;
    const near = suggest(keyword, keywords);
    yield [
      [keyword],
      `${keyword} is no keyword of JSON Schema 2020-12${near === undefined ? "" : `; did you mean ${near}?`}`,
    ];
  }
  if (typeof node.format === "string" && !Object.hasOwn(formats, node.format))
    yield [["format"], `the format ${node.format} is not known; ${adviseOnName(node.format, Object.keys(formats))}`];
  const { properties, required } = node;
  if (!isJsonObject(properties) || node.additionalProperties !== false || node.patternProperties !== undefined) return;
  for (const [index, name] of Array.isArray(required) ? required.entries() : []) {
    if (typeof name !== "string" || Object.hasOwn(properties, name)) continue;
    const detail = `${name} is required, but no property can be called so; ${adviseOnName(name, Object.keys(properties))}`;
    yield [["required", String(index)], detail];
  }
}

/** `closed` tells that it is a condition on what another schema describes, and that takes known keys only. */
type VettedSchema = Subschema & Readonly<{ closed: boolean }>;

/** The schema and all schemas in it, with the way to each. */
function* subschemas(schema: VettedSchema): Generator<VettedSchema> {
  yield schema;
  const closedHere = schema.closed || isClosed(schema.node);
  for (const { keyword, ...child } of subschemasIn(schema)) {
    const isCondition = inPlaceKeywords.some((known) => known === keyword);
    const isNamed = keyword === "properties" || keyword === "patternProperties" || keyword === "$defs";
    yield* subschemas({ ...child, closed: isCondition ? closedHere : isNamed && schema.closed });
  }
}

function isClosed({ additionalProperties, unevaluatedProperties }: JsonObject): boolean {
  return additionalProperties === false || unevaluatedProperties !== undefined;
}

/** A subschema as authors call it: the path of the option that it describes. */
function nameOf(steps: readonly string[]): string {
  const names = steps.filter(
    (step, index) => steps[index - 1] === "properties" || steps[index - 1] === "$defs" || step === "items",
  );
  return names.length === 0
    ? "the schema"
    : names
        .map((name) => (name === "items" ? "[]" : name))
        .join(".")
        .replaceAll(".[]", "[]");
}
