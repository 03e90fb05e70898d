import type { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import { formats } from "./formats.js";

/**
 * An ajv with the formats of sheaf: all faults at once, defaults filled in.
 *
 * @param options `meta: false` leaves the meta-schema out, which takes 100 ms to prepare: for schemas that were checked
 *   when their module was compiled. `strict` refuses keywords that are unknown or do not fit together.
 */
export async function createAjv({ meta = true, strict = false } = {}): Promise<Ajv> {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    strict,
    allowUnionTypes: true,
    logger: false,
    meta,
    validateSchema: meta,
    // Code for one run: it costs more to make it shorter than to run it.
    inlineRefs: false,
    code: { optimize: false },
  });
  for (const [name, { test }] of Object.entries(formats)) ajv.addFormat(name, { type: "string", validate: test });
  return ajv;
}
