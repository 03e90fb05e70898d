import type { SheafError } from "../diagnostics/index.js";
import { type JsonObject, type JsonValue, type Located, toJson } from "../json/index.js";
import { describeFaults } from "./describe-faults.js";
import { SchemaError } from "./errors.js";
import { findInexactNumbers } from "./inexact-numbers.js";
import { formatPath } from "./path.js";
import { rulesOf } from "./rules.js";
import { readYamlTexts, refuseYamlTexts } from "./yaml-text.js";

/** Data that was checked: a copy with its defaults filled in, and everything that is wrong with it. */
export type Checked = Readonly<{ value: JsonValue; faults: readonly SheafError[] }>;

/** Checks values against one JSON Schema. */
export interface SchemaValidator {
  /**
   * A string whose schema has `"contentMediaType": "application/yaml"` is read, and what it holds is checked in its place.
   *
   * @param located What the user wrote; it is not changed
   * @param path What the top of the value is called in messages, such as `["instances", "flux", "values"]`
   */
  check(located: Located, path?: readonly string[]): Promise<Checked>;
  /** As {@link check}, at once: a text that would have to be read is a fault. */
  checkData(located: Located, path?: readonly string[]): Checked;
}

/**
 * Prepares a JSON Schema (2020-12) for use.
 *
 * @throws {Error} ajv's own, for what is no schema
 * @example
 * ```ts
 * const validator = await compileSchema({ type: "object", properties: { replicas: { type: "integer", default: 1 } } });
 * validator.check(located).value; // { replicas: 1 }
 * ```
 */
export async function compileSchema(schema: JsonObject): Promise<SchemaValidator> {
  const rules = await rulesOf(schema);
  // The defaults are filled into what is given: a fresh copy.
  const run = (located: Located, path: readonly string[], value?: JsonValue) => {
    const texts = new Set<string>();
    try {
      const checked = value ?? toJson(located);
      return { value: checked, errors: rules.call(texts, checked) ? [] : (rules.errors ?? []), texts };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // what is checked by calls in calls exhausts the stack
      throw new SchemaError("invalid-value", formatPath(path), "the value is too deep to be checked", located.pos);
    }
  };
  return {
    checkData(located, path = []) {
      const { value, errors, texts } = run(located, path);
      const refused = refuseYamlTexts(located, texts, path);
      return {
        value,
        faults: [...findInexactNumbers(located, path), ...refused, ...describeFaults(errors, located, path)],
      };
    },
    async check(located, path = []) {
      let result = run(located, path);
      const faults: SheafError[] = findInexactNumbers(located, path);
      if (result.texts.size > 0) {
        const value = toJson(located);
        faults.push(...(await readYamlTexts(value, located, result.texts, path)));
        result = run(located, path, value);
      }
      return { value: result.value, faults: [...faults, ...describeFaults(result.errors, located, path)] };
    },
  };
}
