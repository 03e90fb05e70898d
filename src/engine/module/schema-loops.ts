import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { allSubschemas, inPlaceKeywords, refTarget, type Subschema, subschemasIn } from "./subschemas.js";

/** A part of a schema that would keep a check of values from ever ending. */
export type SchemaLoop = Readonly<{ steps: readonly string[]; detail: string }>;

/**
 * Finds what never ends: references that lead back to themselves without going into the value, and defaults that bring
 * another default of the same schema, and so on.
 */
export function findSchemaLoops(schema: JsonObject): SchemaLoop[] {
  const places = new Map([...allSubschemas(schema)].map(({ node, steps }) => [node, steps]));
  const finder = new LoopFinder(schema, places);
  for (const [node] of places) finder.followRefs(node);
  // Defaults are followed along references, which therefore have to end.
  if (finder.loops.length === 0) for (const [node] of places) finder.followDefaults(node, {});
  return finder.loops;
}

class LoopFinder {
  readonly loops: SchemaLoop[] = [];
  readonly #root: JsonObject;
  readonly #places: ReadonlyMap<JsonObject, readonly string[]>;
  readonly #done = new Set<JsonObject>();
  readonly #followed = new Set<JsonObject>();
  readonly #open = new Set<JsonObject>();

  constructor(root: JsonObject, places: ReadonlyMap<JsonObject, readonly string[]>) {
    this.#root = root;
    this.#places = places;
  }

  /** Follows what is for the same value: `$ref`, `allOf` and the like. */
  followRefs(node: JsonObject): void {
    if (this.#done.has(node)) return;
    this.#open.add(node);
    for (const [child, by] of this.#inPlace(node)) {
      if (!this.#open.has(child)) this.followRefs(child);
      else this.#report(node, by, "a $ref leads back to itself, without going into a property or an item");
    }
    this.#open.delete(node);
    this.#done.add(node);
  }

  /** Follows the defaults that are filled in when a value is checked. */
  followDefaults(node: JsonObject, value: JsonObject): void {
    for (const part of this.#parts(node)) {
      const { properties } = part;
      for (const [key, child] of Object.entries(isJsonObject(properties) ? properties : {})) {
        if (!isJsonObject(child)) continue;
        const isGiven = Object.hasOwn(value, key);
        const filled = isGiven ? value[key] : child.default;
        if (!isJsonObject(filled)) continue;
        if (isGiven) this.followDefaults(child, filled);
        else this.#followDefault(child, filled);
      }
    }
  }

  #followDefault(node: JsonObject, preset: JsonObject): void {
    if (this.#followed.has(node)) return;
    if (this.#open.has(node)) {
      this.#followed.add(node);
      this.#report(
        node,
        "default",
        "this default brings itself again, without end; leave it out, or give it what ends it",
      );
      return;
    }
    this.#open.add(node);
    this.followDefaults(node, preset);
    this.#open.delete(node);
    this.#followed.add(node);
  }

  /** A schema with all that is for the same value. */
  #parts(node: JsonObject, seen = new Set<JsonObject>()): Set<JsonObject> {
    if (seen.has(node)) return seen;
    seen.add(node);
    for (const [child] of this.#inPlace(node)) this.#parts(child, seen);
    return seen;
  }

  *#inPlace(node: JsonObject): Generator<readonly [child: JsonObject, by: string]> {
    const target = refTarget(node.$ref, this.#root);
    if (target !== undefined) yield [target.node, "$ref"];
    const here: Subschema = { node, steps: [] };
    for (const { node: child, keyword } of subschemasIn(here))
      if (inPlaceKeywords.some((known) => known === keyword)) yield [child, keyword];
  }

  #report(node: JsonObject, keyword: string, detail: string): void {
    this.loops.push({ steps: [...(this.#places.get(node) ?? []), keyword], detail });
  }
}

/** How deep maps and lists stand inside each other; counts up to the bound only. */
export function isDeeperThan(value: JsonValue, max: number): boolean {
  let level: JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > max) return true;
    level = level.flatMap((each) => (each !== null && typeof each === "object" ? Object.values(each) : []));
  }
  return false;
}
