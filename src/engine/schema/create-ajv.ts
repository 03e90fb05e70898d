import type { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import type { JsonValue } from "../json/index.js";
import { formats } from "./formats.js";

/** Beside `properties`: the version of the module, by name, that is the first to have an option which this one lacks. */
export const sinceKeyword = "x-since";

import { patternCompiler } from "./patterns.js";

/**
 * An ajv with the formats of sheaf: all faults at once, defaults filled in.
 *
 * @param schema What it is for: patterns in it are matched within bounds
 * @param options `meta: false` leaves the meta-schema out, which takes 100 ms to prepare: for schemas that were checked
 *   when their module was compiled. `strict` refuses keywords that are unknown or have no meaning where they stand.
 */
export async function createAjv(schema: JsonValue, { meta = true, strict = false } = {}): Promise<Ajv> {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const compilePattern = await patternCompiler(schema);
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    strictSchema: strict,
    strictTypes: strict,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    logger: false,
    meta,
    validateSchema: meta,
    // Code for one run: it costs more to make it shorter than to run it.
    inlineRefs: false,
    code: { optimize: false, regExp: Object.assign(compilePattern, { code: "pattern" }) },
  });
  ajv.addKeyword({ keyword: sinceKeyword, schemaType: "object" });
  for (const [name, { test }] of Object.entries(formats)) ajv.addFormat(name, { type: "string", validate: test });
  return ajv;
}
