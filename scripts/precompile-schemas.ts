import { readFileSync } from "node:fs";
import { join } from "node:path";
import standaloneCode from "ajv/dist/standalone/index.js";
import { bundleRules } from "../src/engine/bundle/load-bundle.js";
import { isJsonObject, type JsonObject } from "../src/engine/json/index.js";
import { compiledDir, compiledName } from "../src/engine/module/compiled-store.js";
import { openLayout } from "../src/engine/oci/index.js";
import { patternsIn } from "../src/engine/schema/patterns.js";
import { ajvForRules, schemaKey, withoutName } from "../src/engine/schema/rules.js";

/**
 * Compiles the schema of bundles, and those of the newest version of each module in a catalog: all that most builds need.
 *
 * @returns JavaScript modules that export `validate`, by the key of their schema. What they import is below the root of
 *   the repository
 */
export async function precompileSchemas(catalogDir: string): Promise<Map<string, string>> {
  const { entries } = await openLayout(catalogDir);
  const schemas: JsonObject[] = [bundleRules];
  for (const { tag, descriptor } of entries)
    if (tag === "latest")
      schemas.push(...schemasOf(readJson(join(compiledDir(catalogDir), compiledName(descriptor.digest)))));
  const sources = schemas.map(async (schema) => [schemaKey(schema), await sourceOf(schema)] as const);
  return new Map(await Promise.all(sources));
}

/** The rules of a schema as a JavaScript module. */
export async function sourceOf(schema: JsonObject): Promise<string> {
  const ajv = await ajvForRules(schema, true);
  const code = standaloneCode.default(ajv, ajv.compile(withoutName(schema)));
  const patterns = [...patternsIn(schema)].map((pattern) => ({ pattern }));
  return [
    'import { ajvFormats as formats } from "./src/engine/schema/create-ajv.js";',
    'import { patternCompiler } from "./src/engine/schema/patterns.js";',
    `const pattern = await patternCompiler(${JSON.stringify(patterns)});`,
    code,
  ].join("\n");
}

/** The schemas of a compiled module and of those inside. */
function schemasOf({ schema, modules }: JsonObject): JsonObject[] {
  const inner = isJsonObject(modules) ? Object.values(modules).filter(isJsonObject) : [];
  return [schema, ...inner.flatMap(schemasOf)].filter(isJsonObject);
}

function readJson(path: string): JsonObject {
  return JSON.parse(readFileSync(path, "utf8"));
}
