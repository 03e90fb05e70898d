import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";

/** One value that a module takes, as its schema describes it. */
export type ModuleOption = Readonly<{
  /** `controllers.source.enabled`. */
  path: string;
  /** In words: `string (quantity)`, `list of {name, namespace?}`, `"a" or "b"`. */
  type: string;
  required: boolean;
  default?: JsonValue;
  description: string;
}>;

/**
 * The options of a schema in its order. Objects whose properties are written in place are listed property by property;
 * what comes by `$ref`, and the items of lists, are one option with their form as type.
 */
export function listOptions(schema: JsonObject): ModuleOption[] {
  const options: ModuleOption[] = [];
  const visit = (node: JsonObject, prefix: string): void => {
    const required = Array.isArray(node.required) ? node.required : [];
    for (const [key, child] of propertiesOf(node)) {
      const path = `${prefix}${/^[\w-]+$/.test(key) ? key : JSON.stringify(key)}`;
      const option = resolveRef(child, schema);
      const nested = child.$ref === undefined && isJsonObject(child.properties);
      const isRequired = required.includes(key);
      // The properties of an object that is there anyway say it all.
      const implied = nested && (isRequired || isEmptyObject(option.default));
      if (!implied) {
        options.push({
          path,
          type: typeText(child, schema),
          required: isRequired && option.default === undefined,
          ...(option.default !== undefined && { default: option.default }),
          description: typeof option.description === "string" ? option.description : "",
        });
      }
      if (nested) visit(child, `${path}.`);
    }
  };
  visit(schema, "");
  return options;
}

/** The schema with what its `$ref` leads to; what stands beside the `$ref` wins. */
export function resolveRef(node: JsonObject, root: JsonObject): JsonObject {
  const { $ref, ...own } = node;
  if (typeof $ref !== "string" || !$ref.startsWith("#/")) return node;
  let target: JsonValue | undefined = root;
  for (const step of $ref.slice(2).split("/"))
    target = isJsonObject(target) ? target[step.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  return isJsonObject(target) ? { ...resolveRef(target, root), ...own } : node;
}

/** How deep a type is spelled out; what is deeper is an `object`. */
const maxTypeDepth = 2;

/** @param around The references that lead here: one that comes again is `the same` */
function typeText(schema: JsonObject, root: JsonObject, depth = 0, around: readonly JsonValue[] = []): string {
  const { $ref } = schema;
  if ($ref !== undefined && around.includes($ref)) return "the same";
  const node = resolveRef(schema, root);
  const inner = (part: JsonObject, at: number): string =>
    typeText(part, root, at, $ref === undefined ? around : [...around, $ref]);
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (Array.isArray(node.enum)) return node.enum.map((value) => JSON.stringify(value)).join(" or ");
  // Beside a type they are conditions.
  for (const choice of node.type === undefined ? [node.anyOf, node.oneOf] : []) {
    if (!Array.isArray(choice)) continue;
    return [...new Set(choice.filter(isJsonObject).map((part) => inner(part, depth)))].join(" or ");
  }
  if (Array.isArray(node.type)) return node.type.map((type) => inner({ ...node, type }, depth)).join(" or ");
  if (node.type === "array") {
    const items = isJsonObject(node.items) ? inner(node.items, depth + 1) : "any value";
    return `list of ${items.includes(" or ") ? `(${items})` : items}`;
  }
  if (node.type === "object") return objectText(node, depth, (part) => inner(part, depth + 1));
  if (node.type === "string" && typeof node.format === "string") return `string (${node.format.replaceAll("-", " ")})`;
  return typeof node.type === "string" ? node.type : "any value";
}

function objectText(node: JsonObject, depth: number, inner: (part: JsonObject) => string): string {
  const properties = propertiesOf(node);
  if (properties.length > 0 && depth > 0 && depth <= maxTypeDepth) {
    const required = Array.isArray(node.required) ? node.required : [];
    return `{${properties.map(([key]) => (required.includes(key) ? key : `${key}?`)).join(", ")}}`;
  }
  if (properties.length === 0 && isJsonObject(node.additionalProperties))
    return `map of ${inner(node.additionalProperties)}`;
  return "object";
}

function propertiesOf(node: JsonObject): [string, JsonObject][] {
  const { properties } = node;
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([key, child]): [string, JsonObject][] =>
    isJsonObject(child) ? [[key, child]] : [],
  );
}

function isEmptyObject(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}
