import type { ErrorObject } from "ajv";
import type { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import type { SheafError } from "../diagnostics/index.js";
import { type JsonObject, type JsonValue, type Located, toJson } from "../json/index.js";
import { describeFaults } from "./describe-faults.js";
import { formats } from "./formats.js";
import { findInexactNumbers } from "./inexact-numbers.js";

/** Data that was checked: a copy with its defaults filled in, and everything that is wrong with it. */
export type Checked = Readonly<{ value: JsonValue; faults: readonly SheafError[] }>;

/** Checks values against one JSON Schema. */
export interface SchemaValidator {
  /**
   * @param located What the user wrote; it is not changed
   * @param path What the top of the value is called in messages, such as `["instances", "flux", "values"]`
   */
  check(located: Located, path?: readonly string[]): Checked;
}

/**
 * Prepares a JSON Schema (2020-12) for use. Loads ajv, which takes 30 ms, once a process.
 *
 * @throws {Error} ajv's own, for what is no schema
 * @example
 * ```ts
 * const validator = await compileSchema({ type: "object", properties: { replicas: { type: "integer", default: 1 } } });
 * validator.check(located).value; // { replicas: 1 }
 * ```
 */
export async function compileSchema(schema: JsonObject): Promise<SchemaValidator> {
  const ajv = await createAjv({ meta: false });
  // Without the meta-schema its name means nothing.
  const { $schema: _, ...rules } = schema;
  const validate = ajv.compile(rules);
  return {
    check(located, path = []) {
      // ajv fills the defaults into what it is given: a fresh copy.
      const value = toJson(located);
      const errors: ErrorObject[] = validate(value) ? [] : (validate.errors ?? []);
      return { value, faults: [...findInexactNumbers(located, path), ...describeFaults(errors, located, path)] };
    },
  };
}

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
