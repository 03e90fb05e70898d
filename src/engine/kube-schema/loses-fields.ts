import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";

/**
 * Whether objects of one schema may have fields that another one does not know, their status left aside: a server drops
 * such fields without a word.
 *
 * @param from Structural schema of what there is
 * @param to Structural schema of what is to be
 */
export function losesFields(from: JsonObject, to: JsonObject): boolean {
  return Object.entries(propertiesOf(from)).some(([key, property]) => key !== "status" && loses(property, to, key));
}

/** Whether `to` lacks a field, or a field of that field. */
function loses(property: JsonValue, to: JsonObject, key: string): boolean {
  if (isOpen(to)) return false;
  const there = Object.hasOwn(propertiesOf(to), key) ? propertiesOf(to)[key] : to.additionalProperties;
  if (!isJsonObject(there)) return true;
  return isJsonObject(property) && losesWithin(property, there);
}

function losesWithin(from: JsonObject, to: JsonObject): boolean {
  if (isOpen(to)) return false;
  if (isOpen(from) && !isOpen(to)) return true;
  const within = ["items", "additionalProperties"].some((key) => {
    const [inner, there] = [from[key], to[key]];
    return isJsonObject(inner) && (!isJsonObject(there) || losesWithin(inner, there));
  });
  return within || Object.entries(propertiesOf(from)).some(([key, property]) => loses(property, to, key));
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isJsonObject(properties) ? properties : {};
}

/** Whether a schema keeps any field. */
function isOpen(schema: JsonObject): boolean {
  return schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === true;
}
