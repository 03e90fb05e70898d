import { equalJson, isJsonObject, type JsonObject, type JsonValue, setKey } from "../json/index.js";
import type { KubeObject } from "../object/index.js";
import { PatchError } from "./errors.js";
import { mergeKeysOf } from "./merge-keys.js";

/**
 * Applies a strategic merge patch as kustomize does: maps are merged, null removes a key, lists are merged by the keys
 * that Kubernetes has for them and replaced where it has none. `$patch: delete` removes the map or item that it stands in,
 * `$patch: replace` puts the patch's in its place. What a list gets comes before what it has. The object stays as it is.
 *
 * @returns Undefined where the patch deletes the object
 * @throws {PatchError} `bad-patch` for directives that there are not, and for items of merged lists without their key
 */
export function applyStrategicMerge(object: KubeObject, patch: JsonObject): JsonValue | undefined {
  return mergeMap(object, patch, { object, path: "" });
}

type At = Readonly<{ object: KubeObject; path: string }>;

function mergeMap(old: JsonObject, patch: JsonObject, at: At): JsonObject | undefined {
  const directive = directiveOf(patch, at);
  if (directive === "delete") return undefined;
  const made: JsonObject = directive === "replace" ? {} : { ...old };
  for (const [key, value] of Object.entries(patch)) {
    if (key === "$patch") continue;
    if (key.startsWith("$")) throw bad(at, `knows the directive $patch, but not ${key}`);
    const path = at.path === "" ? key : `${at.path}.${key}`;
    const merged = value === null ? undefined : mergeValue(made[key], value, { ...at, path });
    if (merged === undefined) delete made[key];
    else setKey(made, key, merged);
  }
  return made;
}

function mergeValue(old: JsonValue | undefined, patch: JsonValue, at: At): JsonValue | undefined {
  if (isJsonObject(patch)) return mergeMap(isJsonObject(old) ? old : {}, patch, at);
  if (Array.isArray(patch)) return mergeList(Array.isArray(old) ? old : [], patch, at);
  return patch;
}

function mergeList(old: readonly JsonValue[], patch: readonly JsonValue[], at: At): JsonValue[] {
  const isReplace = (item: JsonValue) =>
    isJsonObject(item) && item.$patch === "replace" && Object.keys(item).length === 1;
  const items = patch.filter((item) => !isReplace(item));
  const keys = mergeKeysOf(at.object, at.path);
  if (keys === undefined || items.length < patch.length) return items.map((item) => withoutDirectives(item, at));
  if (keys.length === 0) return [...items.filter((item) => !old.some((known) => equalJson(known, item))), ...old];

  const rest = [...old];
  const merged = items.flatMap((item) => {
    if (!isJsonObject(item) || item[keys[0] ?? ""] === undefined)
      throw bad(at, `needs the key ${keys[0]} in every item`);
    const given = keys.filter((key) => item[key] !== undefined);
    const index = rest.findIndex(
      (known) => isJsonObject(known) && given.every((key) => equalJson(known[key], item[key])),
    );
    const [known] = index < 0 ? [] : rest.splice(index, 1);
    return mergeMap(isJsonObject(known) ? known : {}, item, at) ?? [];
  });
  return [...merged, ...rest];
}

/** What a list that is replaced gets: nothing is there that a directive could mean. */
function withoutDirectives(item: JsonValue, at: At): JsonValue {
  return mergeValue(undefined, item, at) ?? {};
}

function directiveOf({ $patch: directive }: JsonObject, at: At): JsonValue | undefined {
  if (directive === undefined || directive === "delete" || directive === "replace" || directive === "merge")
    return directive;
  throw bad(at, "has a $patch that is neither delete, replace nor merge");
}

function bad({ object, path }: At, detail: string): PatchError {
  return new PatchError(
    "bad-patch",
    `a strategic merge patch ${detail}${path === "" ? "" : `, at ${path}`} of ${object.kind}`,
  );
}
