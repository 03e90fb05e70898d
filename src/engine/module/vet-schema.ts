import { isJsonObject, type JsonObject, type JsonValue, type Located } from "../json/index.js";
import { createAjv } from "../schema/index.js";
import { ModuleError } from "./module-error.js";
import { posAt } from "./schema-faults.js";

/**
 * What an author of a schema gets wrong beyond the meta-schema: keywords that do nothing, objects that take any key,
 * defaults that the schema itself refuses.
 */
export async function vetSchema(schema: JsonObject, located: Located): Promise<ModuleError[]> {
  const faults: ModuleError[] = [];
  try {
    (await createAjv({ strict: true })).compile(schema);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [new ModuleError("bad-schema", `the schema is not strict: ${detail}`, located.pos)];
  }
  const ajv = await createAjv();
  ajv.addSchema(schema, "values");
  const fault = (detail: string, steps: readonly string[]) =>
    faults.push(new ModuleError("bad-schema", detail, posAt(located, steps)));

  for (const { node, steps, closed } of subschemas(schema, [])) {
    const name = nameOf(steps);
    if (
      !closed &&
      isJsonObject(node.properties) &&
      node.additionalProperties === undefined &&
      node.unevaluatedProperties === undefined
    )
      fault(`${name} takes any key; add "additionalProperties": false, so that a misspelled key is an error`, steps);
    if (node.default === undefined) continue;
    const pointer = steps
      .map((step) => `/${encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))}`)
      .join("");
    const validate = ajv.compile({ $ref: `values#${pointer}` });
    if (validate(structuredClone(node.default))) continue;
    const [first] = validate.errors ?? [];
    const where = first?.instancePath ? `, at ${first.instancePath.slice(1).replaceAll("/", ".")}` : "";
    fault(`the default of ${name} is not valid${where}: it ${first?.message ?? "fails"}`, [...steps, "default"]);
  }
  return faults;
}

/** `closed` tells that it is a condition on what another schema describes, and that takes known keys only. */
type Subschema = Readonly<{ node: JsonObject; steps: readonly string[]; closed: boolean }>;

/** The schema and all schemas in it, with the way to each. */
function* subschemas(
  node: JsonValue | undefined,
  steps: readonly string[],
  closedAround = false,
): Generator<Subschema> {
  if (!isJsonObject(node)) return;
  yield { node, steps, closed: closedAround };
  const closed = closedAround || node.additionalProperties === false;
  for (const keyword of ["properties", "patternProperties", "$defs"]) {
    const children = node[keyword];
    if (!isJsonObject(children)) continue;
    for (const [key, child] of Object.entries(children))
      yield* subschemas(child, [...steps, keyword, key], closedAround);
  }
  for (const keyword of ["items", "additionalProperties", "propertyNames", "contains"])
    yield* subschemas(node[keyword], [...steps, keyword]);
  for (const keyword of ["if", "then", "else", "not"]) yield* subschemas(node[keyword], [...steps, keyword], closed);
  for (const keyword of ["anyOf", "oneOf", "allOf", "prefixItems"]) {
    const children = node[keyword];
    if (!Array.isArray(children)) continue;
    const around = keyword !== "prefixItems" && closed;
    for (const [index, child] of children.entries())
      yield* subschemas(child, [...steps, keyword, String(index)], around);
  }
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
