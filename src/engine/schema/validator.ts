import type { ErrorObject } from "ajv";
import type { SheafError } from "../diagnostics/index.js";
import { type JsonObject, type JsonValue, type Located, toJson } from "../json/index.js";
import { createAjv } from "./create-ajv.js";
import { describeFaults } from "./describe-faults.js";
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
