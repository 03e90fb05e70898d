import { isJsonObject, type JsonValue, type Located, type LocatedField } from "../json/index.js";
import { startOf } from "./module-files.js";

/** Plain data as located data whose places are all the start of one file: for values that no user wrote. */
export function locatedFrom(value: JsonValue, file: string): Located {
  const pos = startOf(file);
  if (Array.isArray(value)) return { kind: "list", items: value.map((item) => locatedFrom(item, file)), pos };
  if (!isJsonObject(value)) return { kind: "scalar", value, pos, secret: false };
  const fields = Object.entries(value).map(([key, item]): [string, LocatedField] => [
    key,
    { keyPos: pos, value: locatedFrom(item, file) },
  ]);
  return { kind: "struct", fields: new Map(fields), pos };
}
