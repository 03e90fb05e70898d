import type { SourcePos } from "../diagnostics/index.js";
import { type JsonObject, type Located, locate } from "../json/index.js";
import { createAjv, parsePointer } from "../schema/index.js";
import { ModuleError } from "./module-error.js";

/** What is wrong with a schema by the meta-schema of JSON Schema 2020-12, each fault at its place in the file. */
export async function findSchemaFaults(schema: JsonObject, located: Located): Promise<ModuleError[]> {
  const ajv = await createAjv();
  if (schema.type !== "object") {
    return [new ModuleError("bad-schema", 'the schema of values must have "type": "object" at its top', located.pos)];
  }
  if (schema.$schema !== undefined && schema.$schema !== draft)
    return [new ModuleError("bad-schema", `"$schema" must be "${draft}"`, posAt(located, ["$schema"]))];
  if (ajv.validateSchema(schema) !== true) {
    // One place fails in every branch of the meta-schema that it could belong to; the first says it best.
    const first = new Map((ajv.errors ?? []).toReversed().map((error) => [error.instancePath, error]));
    return [...first.values()].map(({ instancePath, message }) => {
      const steps = parsePointer(instancePath);
      const what = steps.length === 0 ? "the schema" : steps.join(".");
      return new ModuleError("bad-schema", `${what} ${message ?? "is wrong"}`, posAt(located, steps));
    });
  }
  try {
    ajv.compile(schema);
    return [];
  } catch (error) {
    // What refers to nothing but itself is followed until the stack is full.
    const endless = error instanceof RangeError ? "a $ref leads back to itself" : undefined;
    const detail = endless ?? (error instanceof Error ? error.message : String(error));
    return [new ModuleError("bad-schema", `the schema cannot be used: ${detail}`, located.pos)];
  }
}

const draft = "https://json-schema.org/draft/2020-12/schema";

/** The place of the value at a path, or of the nearest one around it. */
export function posAt(located: Located, steps: readonly string[]): SourcePos {
  for (let length = steps.length; length >= 0; length--) {
    const found = locate(located, steps.slice(0, length));
    if (found !== undefined) return found.pos;
  }
  return located.pos;
}
