import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { type Module, resolveRef } from "../module/index.js";

/**
 * TypeScript declarations of a module's values, as its users write them: what has a default may be left out.
 *
 * @param module A module
 * @param url The URL by which bundles name the module; `sheaf`'s `defineBundle` knows the values of an instance by it
 * @example
 * ```ts
 * valuesTypes(module, "oci://ghcr.io/stefanprodan/modules/flux-git-sync");
 * // export interface FluxGitSyncValues { git: { url: string; … } … }
 * ```
 */
export function valuesTypes(module: Pick<Module, "name" | "version" | "schema">, url: string): string {
  const name = `${pascalCase(module.name)}Values`;
  const body = typeOf(module.schema, module.schema, "");
  return [
    `/** Values of the module ${module.name} ${module.version}, written by sheaf mod types. */`,
    `export interface ${name} ${body}`,
    "",
    'declare module "sheaf" {',
    "  interface ModuleValues {",
    `    ${JSON.stringify(url)}: ${name};`,
    "  }",
    "}",
    "",
  ].join("\n");
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|[^A-Za-z0-9])([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** @param around The references that lead here: what comes in itself again is `unknown` */
function typeOf(
  schema: JsonValue | undefined,
  root: JsonObject,
  indent: string,
  around: readonly JsonValue[] = [],
): string {
  if (schema === false) return "never";
  if (!isJsonObject(schema)) return "unknown";
  const { $ref } = schema;
  if ($ref !== undefined && around.includes($ref)) return "unknown";
  const node = resolveRef(schema, root);
  const inner = (part: JsonValue | undefined, at: string): string =>
    typeOf(part, root, at, $ref === undefined ? around : [...around, $ref]);
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (Array.isArray(node.enum)) return node.enum.map((value) => JSON.stringify(value)).join(" | ");
  for (const choice of [node.anyOf, node.oneOf]) {
    const branches = Array.isArray(choice) ? choice.filter((each) => isJsonObject(each) && describesType(each)) : [];
    if (branches.length > 0) return union(branches.map((branch) => inner(branch, indent)));
  }
  if (Array.isArray(node.type)) return union(node.type.map((type) => inner({ ...node, type }, indent)));
  switch (node.type) {
    case "string":
    case "boolean":
    case "null":
      return node.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return Array.isArray(node.prefixItems)
        ? tupleType(node.prefixItems, node, (part) => inner(part, indent))
        : `readonly ${parenthesized(inner(node.items, indent))}[]`;
    case "object":
      return objectType(node, root, indent, inner);
    default:
      return "unknown";
  }
}

/** The first items of a list, each with a type of its own; as many as `minItems` says are there. */
function tupleType(
  items: readonly JsonValue[],
  { items: others, minItems }: JsonObject,
  typeOfPart: (part: JsonValue | undefined) => string,
): string {
  const least = typeof minItems === "number" ? minItems : 0;
  const types = items.map((item, index) => `${parenthesized(typeOfPart(item))}${index < least ? "" : "?"}`);
  const rest = others === false ? [] : [`...${parenthesized(typeOfPart(others))}[]`];
  return `readonly [${[...types, ...rest].join(", ")}]`;
}

function objectType(
  node: JsonObject,
  root: JsonObject,
  indent: string,
  typeOfPart: (part: JsonValue | undefined, indent: string) => string,
): string {
  const properties = isJsonObject(node.properties) ? Object.entries(node.properties) : [];
  const { additionalProperties } = node;
  const isClosed = additionalProperties === false && node.patternProperties === undefined;
  const others = isJsonObject(additionalProperties)
    ? typeOfPart(additionalProperties, indent)
    : isClosed
      ? "never"
      : "unknown";
  if (properties.length === 0) return `{ readonly [key: string]: ${others} }`;
  const required = Array.isArray(node.required) ? node.required : [];
  const inner = `${indent}  `;
  const lines = properties.flatMap(([key, child]) => {
    const option = isJsonObject(child) ? resolveRef(child, root) : {};
    const mark = required.includes(key) && option.default === undefined ? "" : "?";
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return [...commentOf(option, inner), `${inner}readonly ${name}${mark}: ${typeOfPart(child, inner)};`];
  });
  if (additionalProperties !== false && additionalProperties !== undefined)
    lines.push(`${inner}readonly [key: string]: unknown;`);
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function commentOf({ description, default: preset }: JsonObject, indent: string): string[] {
  const about = typeof description === "string" ? description.replaceAll("*/", "*\\/").replace(/\s+/g, " ") : "";
  const isPlain = preset !== undefined && !(isJsonObject(preset) && Object.keys(preset).length === 0);
  const value = isPlain
    ? `${about === "" ? "" : " "}Default: \`${JSON.stringify(preset).replaceAll("*/", "*\\/")}\`.`
    : "";
  return about === "" && value === "" ? [] : [`${indent}/** ${about}${value} */`];
}

/** Whether a branch says what the value is, and not only which fields go together. */
function describesType(branch: JsonObject): boolean {
  return ["type", "enum", "const", "$ref"].some((keyword) => branch[keyword] !== undefined);
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(" | ");
}

function parenthesized(type: string): string {
  return type.includes(" | ") || type.startsWith("readonly ") ? `(${type})` : type;
}
