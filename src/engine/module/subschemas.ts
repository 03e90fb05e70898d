import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";

/** A schema in a schema, and the way to it. */
export type Subschema = Readonly<{ node: JsonObject; steps: readonly string[] }>;

/** Keywords whose schemas are for the same value as the schema in which they stand. */
export const inPlaceKeywords = ["if", "then", "else", "not", "anyOf", "oneOf", "allOf", "dependentSchemas"] as const;
/** Keywords whose schemas have names. */
export const byName: ReadonlySet<string> = new Set(["properties", "patternProperties", "$defs", "dependentSchemas"]);
const single = [
  "items",
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "propertyNames",
  "contains",
  "if",
  "then",
  "else",
  "not",
] as const;
const lists = ["anyOf", "oneOf", "allOf", "prefixItems"] as const;
const keywords = [...byName, ...single, ...lists];

/** The schemas that stand directly in a schema, in the order of their keywords. */
export function* subschemasIn({ node, steps }: Subschema): Generator<Subschema & Readonly<{ keyword: string }>> {
  for (const keyword of keywords) {
    const found = node[keyword];
    if (Array.isArray(found)) {
      for (const [index, child] of found.entries())
        if (isJsonObject(child)) yield { node: child, steps: [...steps, keyword, String(index)], keyword };
    } else if (isJsonObject(found) && byName.has(keyword)) {
      for (const [key, child] of Object.entries(found))
        if (isJsonObject(child)) yield { node: child, steps: [...steps, keyword, key], keyword };
    } else if (isJsonObject(found)) yield { node: found, steps: [...steps, keyword], keyword };
  }
}

/** A schema and all schemas in it. */
export function* allSubschemas(schema: JsonObject): Generator<Subschema> {
  const waiting: Subschema[] = [{ node: schema, steps: [] }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    yield next;
    waiting.unshift(...subschemasIn(next));
  }
}

/** What a `$ref` within the schema leads to, or undefined. */
export function refTarget(ref: JsonValue | undefined, root: JsonObject): Subschema | undefined {
  if (typeof ref !== "string" || !/^#(?:\/|$)/.test(ref)) return undefined;
  const steps = decodeRef(ref);
  let node: JsonValue | undefined = root;
  for (const step of steps) {
    if (Array.isArray(node)) node = node[Number(step)];
    else node = isJsonObject(node) && Object.hasOwn(node, step) ? node[step] : undefined;
  }
  return isJsonObject(node) ? { node, steps } : undefined;
}

/** The steps of a reference such as `#/$defs/a~1b`. */
export function decodeRef(ref: string): string[] {
  return ref
    .slice(2)
    .split("/")
    .slice(ref.length > 2 ? 0 : 1)
    .map((step) => tryDecode(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function tryDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
