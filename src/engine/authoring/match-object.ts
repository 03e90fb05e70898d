import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import type { KubeObject } from "../object/index.js";

/**
 * What keeps rendered objects from having what is wanted: nothing where one of them has all fields of `wanted`. A map has
 * at least the wanted entries; a list has as many items, each with what is wanted of it.
 *
 * @returns Differences to the object that comes nearest, a line each
 */
export function findDifferences(wanted: JsonObject, objects: readonly KubeObject[]): string[] {
  const metadata = isJsonObject(wanted.metadata) ? wanted.metadata : {};
  const named = objects.filter(
    (object) => object.kind === wanted.kind && (metadata.name === undefined || object.metadata.name === metadata.name),
  );
  const what = `${String(wanted.kind)}${metadata.name === undefined ? "" : `/${String(metadata.name)}`}`;
  const compared = named.map((object) => ({ object, lines: [...compare(wanted, object, "")] }));
  const [nearest] = compared.toSorted((a, b) => a.lines.length - b.lines.length);
  if (nearest === undefined) return [`${what} is not rendered; there are ${namesOf(objects)}`];
  return nearest.lines.map((line) => `${nearest.object.kind}/${nearest.object.metadata.name}: ${line}`);
}

/** Kinds and names of objects, for messages. */
export function namesOf(objects: readonly KubeObject[]): string {
  if (objects.length === 0) return "no objects at all";
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ");
}

function* compare(wanted: JsonValue, found: JsonValue | undefined, path: string): Generator<string> {
  if (isJsonObject(wanted) && isJsonObject(found)) {
    for (const [key, value] of Object.entries(wanted))
      yield* compare(value, found[key], path === "" ? key : `${path}.${key}`);
  } else if (Array.isArray(wanted) && Array.isArray(found)) {
    if (wanted.length !== found.length)
      yield `${path}: expected ${wanted.length} items, found ${found.length}: ${text(found)}`;
    else for (const [index, item] of wanted.entries()) yield* compare(item, found[index], `${path}[${index}]`);
  } else if (wanted !== found) yield `${path}: expected ${text(wanted)}, found ${text(found)}`;
}

const maxShown = 200;

function text(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  const json = JSON.stringify(value);
  return json.length > maxShown ? `${json.slice(0, maxShown)}…` : json;
}
