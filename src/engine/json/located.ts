import type { SourcePos } from "../diagnostics/index.js";
import { type JsonObject, type JsonValue, setKey } from "./json.js";

/**
 * Concrete data in which every value knows its place in the user's files.
 * `secret` marks a scalar that was filled from the runtime (or was computed from one): it is never shown.
 * `text` is the exact text of a number, where it is known (`1.0`, `12345678901234567890`). Of bytes, which `isBytes` marks,
 * the value is their base64.
 */
export type Located = LocatedScalar | LocatedList | LocatedStruct;
export type LocatedScalar = Readonly<{
  kind: "scalar";
  value: null | boolean | number | string;
  text?: string;
  isBytes?: true;
  pos: SourcePos;
  secret: boolean;
}>;
export type LocatedList = Readonly<{ kind: "list"; items: readonly Located[]; pos: SourcePos }>;
export type LocatedStruct = Readonly<{ kind: "struct"; fields: ReadonlyMap<string, LocatedField>; pos: SourcePos }>;
/** `keyPos` is the place of the first label that gave the field. */
export type LocatedField = Readonly<{ keyPos: SourcePos; value: Located }>;

/** The plain data of a located value. With `mask`, that text stands in the place of every secret. */
export function toJson(located: Located, mask?: string): JsonValue {
  if (located.kind === "scalar") return located.secret && mask !== undefined ? mask : located.value;
  if (located.kind === "list") return located.items.map((item) => toJson(item, mask));
  const object: JsonObject = {};
  for (const [key, field] of located.fields) setKey(object, key, toJson(field.value, mask));
  return object;
}

/** The paths of the scalars that are secret. */
export function secretPaths(located: Located): string[][] {
  if (located.kind === "scalar") return located.secret ? [[]] : [];
  const children: (readonly [string, Located])[] =
    located.kind === "list"
      ? located.items.map((item, i) => [String(i), item])
      : [...located.fields].map(([key, { value }]) => [key, value]);
  return children.flatMap(([step, child]) => secretPaths(child).map((path) => [step, ...path]));
}

/**
 * The value at a path, or undefined. Steps are field names and list indexes.
 */
export function locate(located: Located, path: readonly (string | number)[]): Located | undefined {
  let at: Located | undefined = located;
  for (const step of path) {
    if (at?.kind === "struct") at = at.fields.get(String(step))?.value;
    else if (at?.kind === "list") at = at.items[Number(step)];
    else return undefined;
  }
  return at;
}

/** The same data with every scalar marked as secret. */
export function asSecret(located: Located): Located {
  if (located.kind === "scalar") return { ...located, secret: true };
  if (located.kind === "list") return { ...located, items: located.items.map(asSecret) };
  const fields = [...located.fields].map(([key, field]): [string, LocatedField] => [
    key,
    { ...field, value: asSecret(field.value) },
  ]);
  return { ...located, fields: new Map(fields) };
}
