export { checkedText } from "./checked-text.js";
export { equalJson } from "./equal.js";
export { isJsonObject, type JsonObject, type JsonValue, setKey } from "./json.js";
export {
  asSecret,
  type Located,
  type LocatedField,
  type LocatedList,
  type LocatedScalar,
  type LocatedStruct,
  locate,
  secretPaths,
  toJson,
} from "./located.js";
export { mergeLocated } from "./merge-located.js";
export { typeNames } from "./type-names.js";
