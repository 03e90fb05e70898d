import type { SourcePos } from "../diagnostics/index.js";
import type { Located } from "../json/index.js";
import type { Checked, SchemaValidator } from "../schema/index.js";

/**
 * Checks the values of an instance against the schema of its module (src/engine/schema) and fills in the defaults.
 *
 * @param values What the bundle says; absent, all values are defaults
 * @param instance Name and place of the instance, for messages
 */
export function checkValues(
  validator: SchemaValidator,
  values: Located | undefined,
  instance: Readonly<{ name: string; pos: SourcePos }>,
): Checked {
  const located = values ?? { kind: "struct", fields: new Map(), pos: instance.pos };
  return validator.check(located, ["instances", instance.name, "values"]);
}
