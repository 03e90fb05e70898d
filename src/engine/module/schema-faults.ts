import { adviseOnName, type SourcePos } from "../diagnostics/index.js";
import { isJsonObject, type JsonObject, type JsonValue, type Located, locate } from "../json/index.js";
import { createAjv, type Pattern, parsePointer, patternCompiler } from "../schema/index.js";
import { ModuleError } from "./module-error.js";
import { findSchemaLoops } from "./schema-loops.js";
import { allSubschemas, refTarget } from "./subschemas.js";

/**
 * Why a schema cannot be used: what the meta-schema of JSON Schema 2020-12 refuses, references to nothing, patterns that
 * are none or take too long, and what would never end. Each fault is at its place in the file.
 */
export async function findSchemaFaults(schema: JsonObject, located: Located): Promise<ModuleError[]> {
  const fault = (detail: string, steps: readonly string[] = []) =>
    new ModuleError("bad-schema", detail, posAt(located, steps));
  if (schema.type !== "object") return [fault('the schema of values must have "type": "object" at its top')];
  if (schema.$schema !== undefined && schema.$schema !== draft)
    return [fault(`"$schema" must be "${draft}"`, ["$schema"])];
  const compilePattern = await patternCompiler(schema);
  const ajv = await createAjv(schema);
  if (ajv.validateSchema(schema) !== true) {
    // One place fails in every branch of the meta-schema that it could belong to; the first says it best.
    const first = new Map((ajv.errors ?? []).toReversed().map((error) => [error.instancePath, error]));
    return [...first.values()].map(({ instancePath, message }) => {
      const steps = parsePointer(instancePath);
      return fault(`${steps.length === 0 ? "the schema" : steps.join(".")} ${message ?? "is wrong"}`, steps);
    });
  }
  const faults = [...allSubschemas(schema)].flatMap(({ node, steps }) => [
    ...refFaults(node, schema).map((detail) => fault(detail, [...steps, "$ref"])),
    ...patternFaults(node, compilePattern).map(([at, detail]) => fault(detail, [...steps, ...at])),
    ...(Array.isArray(node.enum) && node.enum.length === 0 ? [fault("enum offers nothing", [...steps, "enum"])] : []),
    ...(isJsonObject(node.properties) && Object.hasOwn(node.properties, "__proto__")
      ? [fault("a property cannot be called __proto__", [...steps, "properties", "__proto__"])]
      : []),
  ]);
  if (faults.length > 0) return faults;
  const loops = findSchemaLoops(schema);
  if (loops.length > 0) return loops.map(({ steps, detail }) => fault(detail, steps));
  try {
    ajv.compile(schema);
    return [];
  } catch (error) {
    return [fault(`the schema cannot be used: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

const draft = "https://json-schema.org/draft/2020-12/schema";

function refFaults(node: JsonObject, root: JsonObject): string[] {
  if (node.$dynamicRef !== undefined) return ["$dynamicRef is not supported; write $ref"];
  const { $ref } = node;
  if (typeof $ref !== "string" || !$ref.startsWith("#")) {
    if (typeof $ref !== "string" || !/^[a-z][a-z0-9+.-]*:/i.test($ref)) return [];
    return [`${$ref} is elsewhere, and nothing is fetched; write what it holds into $defs, and #/$defs/NAME`];
  }
  if (!/^#(?:\/|$)/.test($ref) || refTarget($ref, root) !== undefined || isTrueOrFalse($ref, root)) return [];
  const names = isJsonObject(root.$defs) ? Object.keys(root.$defs) : [];
  const [, name] = /^#\/\$defs\/([^/]+)$/.exec($ref) ?? [];
  return [`there is no ${$ref}${name === undefined || names.length === 0 ? "" : `; ${adviseOnName(name, names)}`}`];
}

function isTrueOrFalse(ref: string, root: JsonObject): boolean {
  const steps = parsePointer(ref.slice(1));
  let at: JsonValue | undefined = root;
  for (const step of steps) at = isJsonObject(at) ? at[step] : undefined;
  return typeof at === "boolean";
}

type CompilePattern = (pattern: string) => Pattern;

function patternFaults(node: JsonObject, compile: CompilePattern): [steps: readonly string[], detail: string][] {
  const patterns: [steps: readonly string[], pattern: string][] = [];
  if (typeof node.pattern === "string") patterns.push([["pattern"], node.pattern]);
  for (const pattern of Object.keys(isJsonObject(node.patternProperties) ? node.patternProperties : {}))
    patterns.push([["patternProperties", pattern], pattern]);
  return patterns.flatMap(([steps, pattern]): [readonly string[], string][] => {
    try {
      compile(pattern);
      return [];
    } catch (error) {
      const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: .*\/\w*: /s, "") : "";
      return [[steps, `the pattern ${pattern} cannot be used: ${why.charAt(0).toLowerCase()}${why.slice(1)}`]];
    }
  });
}

/** The place of the value at a path, or of the nearest one around it. */
export function posAt(located: Located, steps: readonly string[]): SourcePos {
  for (let length = steps.length; length >= 0; length--) {
    const found = locate(located, steps.slice(0, length));
    if (found !== undefined) return found.pos;
  }
  return located.pos;
}
