import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/engine/json/index.js";
import type { KubeObject } from "../../src/engine/object/index.js";

/** What a changed value has become, by `Kind/name: path`; null where it is gone. Containers that change alike are `containers[*]`. */
export type Changes = Record<string, JsonValue>;

/**
 * The differences between two renderings. A new object is there whole, but for its kind and metadata; items of lists go
 * by their `name`; of a list of scalars it is told what came (`+`) and what went (`-`).
 */
export function changesOf(before: readonly KubeObject[], after: readonly KubeObject[]): Changes {
  const changes: Changes = {};
  const old = new Map(before.map((object) => [refOf(object), object]));
  for (const object of after) {
    const known = old.get(refOf(object));
    if (known === undefined) {
      const { apiVersion, kind, metadata, ...rest } = object;
      changes[`+${kind}/${metadata.name}`] = rest;
    } else compare(known, object, `${refOf(object)}: `, changes);
    old.delete(refOf(object));
  }
  for (const ref of old.keys()) changes[`-${ref}`] = null;
  return joinContainers(changes);
}

function refOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

function compare(before: JsonValue, after: JsonValue, path: string, changes: Changes): void {
  if (isDeepStrictEqual(before, after)) return;
  const [a, b] = [parts(before), parts(after)];
  if (a === undefined || b === undefined) {
    if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, changes);
    else changes[path] = after;
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [x, y] = [a[key], b[key]];
    const step = Array.isArray(before) ? `${path}[${key}]` : `${path}${path.endsWith(" ") ? "" : "."}${key}`;
    if (x === undefined || y === undefined) changes[step] = y ?? null;
    else compare(x, y, step, changes);
  }
}

function compareLists(before: JsonValue[], after: JsonValue[], path: string, changes: Changes): void {
  const lacking = (these: JsonValue[], those: JsonValue[]) =>
    these.filter((item) => !those.some((other) => isDeepStrictEqual(item, other)));
  const [came, went] = [lacking(after, before), lacking(before, after)];
  if (came.length > 0) changes[`${path}+`] = came;
  if (went.length > 0) changes[`${path}-`] = went;
}

/** The parts of a map, or of a list whose items have names. */
function parts(value: JsonValue): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  if (!Array.isArray(value)) return undefined;
  const named = value.map((item) => [isJsonObject(item) ? item.name : undefined, item] as const);
  return named.every(([name]) => typeof name === "string") ? Object.fromEntries(named) : undefined;
}

const container = /containers\[[^\]]+\]/;

function joinContainers(changes: Changes): Changes {
  const joined: Changes = {};
  for (const [path, value] of Object.entries(changes)) {
    const star = path.replace(container, "containers[*]");
    const alike = Object.entries(changes).filter(
      ([other, found]) => other.replace(container, "containers[*]") === star && isDeepStrictEqual(found, value),
    );
    joined[alike.length === 5 ? star : path] = value;
  }
  return joined;
}
