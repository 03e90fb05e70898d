import { suggest } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { placeToPos, type TemplatePath, templatePaths } from "../template/index.js";
import { type CompiledModule, partialsOf, programsOf } from "./compile-module.js";
import { ModuleError } from "./module-error.js";
import { labelPath } from "./module-files.js";
import { resolveRef } from "./schema-options.js";

/** Paths of templates to values that the schema does not know: in a test they are false for ever, and nobody notices. */
export function findUnknownPaths(compiled: CompiledModule, label: string): ModuleError[] {
  const partials = partialsOf(compiled);
  return programsOf(compiled).flatMap((program) =>
    templatePaths(program, partials).flatMap(({ file, place, steps }) => {
      const lost = steps[0] === "values" ? firstUnknown(compiled.schema, steps.slice(1)) : undefined;
      if (lost === undefined) return [];
      const near = suggest(lost.step, lost.known);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      const detail = `values.${lost.path.join(".")} is not in values.schema.json${hint}`;
      return [new ModuleError("unknown-value", detail, placeToPos(labelPath(label, file), place))];
    }),
  );
}

type Lost = Readonly<{ step: string; path: readonly string[]; known: readonly string[] }>;

/** The first step that the schema surely refuses. */
function firstUnknown(schema: JsonObject, steps: TemplatePath["steps"]): Lost | undefined {
  let node: JsonObject = schema;
  const path: string[] = [];
  for (const step of steps) {
    const here: JsonObject = resolveRef(node, schema);
    const next: JsonValue | undefined = step === undefined ? itemsOf(here) : childOf(here, step);
    if (step !== undefined) path.push(step);
    if (next === false && step !== undefined)
      return { step, path, known: isJsonObject(here.properties) ? Object.keys(here.properties) : [] };
    if (!isJsonObject(next)) return undefined;
    node = next;
  }
  return undefined;
}

const branches = ["anyOf", "oneOf", "allOf", "if", "patternProperties", "unevaluatedProperties"];

/** The schema of a key; false where the key cannot be, undefined where nothing is sure. */
function childOf(node: JsonObject, step: string): JsonValue | undefined {
  if (isJsonObject(node.properties) && Object.hasOwn(node.properties, step)) return node.properties[step];
  if (branches.some((keyword) => node[keyword] !== undefined)) return undefined;
  return node.additionalProperties;
}

/** The schema of what `#each` goes over. */
function itemsOf(node: JsonObject): JsonValue | undefined {
  if (node.items !== undefined) return node.items;
  return isJsonObject(node.properties) ? undefined : node.additionalProperties;
}
