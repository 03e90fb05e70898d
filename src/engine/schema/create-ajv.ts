import type { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import type { JsonValue } from "../json/index.js";
import { formats } from "./formats.js";
import { patternCompiler } from "./patterns.js";

/** Beside `properties`: the version of the module, by name, that is the first to have an option which this one lacks. */
export const sinceKeyword = "x-since";

/**
 * An ajv with the formats of sheaf: all faults at once, defaults filled in.
 *
 * @param schema What it is for: patterns in it are matched within bounds
 * @param options `meta: false` leaves the meta-schema out, which takes 100 ms to prepare: for schemas that were checked
 *   when their module was compiled. `strict` refuses keywords that are unknown or have no meaning where they stand.
 *   `source` keeps the code of what is compiled, in which `pattern` and `formats` are free names.
 */
export async function createAjv(schema: JsonValue, { meta = true, strict = false, source = false } = {}): Promise<Ajv> {
  const { Ajv2020, _ } = await import("ajv/dist/2020.js");
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
    code: {
      optimize: source,
      regExp: Object.assign(compilePattern, { code: "pattern" }),
      ...(source && { source, esm: true, formats: _`formats` }),
    },
    passContext: true,
  });
  ajv.addKeyword({ keyword: sinceKeyword, schemaType: "object" });
  for (const [name, format] of Object.entries(ajvFormats)) ajv.addFormat(name, format);
  return ajv;
}

/** The formats as ajv takes them. */
export const ajvFormats = Object.fromEntries(
  Object.entries(formats).map(([name, { test }]) => [name, { type: "string", validate: test } as const]),
);
