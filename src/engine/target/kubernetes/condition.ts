import type { JsonObject } from "../../json/index.js";
import { objectsAt, textAt } from "./fields.js";

/** A condition of the status; `text` is its message, or its reason where there is none. */
export type Condition = Readonly<{ status: string; reason: string; text: string }>;

/** The condition of a type; undefined where the status has none. */
export function condition(object: JsonObject, type: string): Condition | undefined {
  const found = objectsAt(object, "status", "conditions").find((item) => textAt(item, "type") === type);
  if (found === undefined) return undefined;
  const reason = textAt(found, "reason");
  return { status: textAt(found, "status"), reason, text: textAt(found, "message") || reason };
}
