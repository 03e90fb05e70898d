/** Data as JSON has it. Objects made by sheaf from input have a null prototype or plain `Object` keys only; read them with `Object.hasOwn`. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

/** Tells a JSON object from a list, a scalar and from undefined. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Sets a key as own data, also for `__proto__`, which an assignment would not make a key. */
export function setKey(object: JsonObject, key: string, value: JsonValue): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
