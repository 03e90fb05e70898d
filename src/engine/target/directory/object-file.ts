import { protocol } from "../../inventory/index.js";
import { isJsonObject } from "../../json/index.js";
import { isKubeObject, type KubeObject, labelOf } from "../../object/index.js";

/** Reads the one object of a file's text; undefined where it holds something else. */
export async function parseObject(text: string): Promise<KubeObject | undefined> {
  const { parse } = await import("yaml");
  try {
    const value: unknown = parse(text, { schema: "core", maxAliasCount: 100, logLevel: "error" });
    return isKubeObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads what identifies an object, its `apiVersion`, `kind` and `metadata`, without parsing the rest: a definition has
 * ten thousand lines of it. In a block mapping every line of a value is indented, a list item or a comment, so a line
 * that starts with a letter starts the next key.
 */
export function parseHeader(text: string): Promise<KubeObject | undefined> {
  const header = text.match(/^(?:apiVersion|kind|metadata):.*\n(?:[ #-].*\n|\n)*/gm);
  return parseObject(header === null ? text : header.join(""));
}

/** The group and kind that a definition's text defines. */
export async function parseDefinition(text: string): Promise<{ group: string; kind: string } | undefined> {
  const names = /^spec:\n(?:[ #-].*\n)*?( {2}names:\n(?: {4}.*\n)+)/m.exec(text)?.[1];
  const group = /^spec:\n(?:[ #-].*\n)*?( {2}group: .+\n)/m.exec(text)?.[1];
  const short =
    names === undefined || group === undefined
      ? undefined
      : `apiVersion: v1\nkind: x\nmetadata: {name: x}\nspec:\n${group}${names}`;
  const spec = (await parseObject(short ?? text))?.spec;
  if (!isJsonObject(spec) || !isJsonObject(spec.names)) return undefined;
  const { kind } = spec.names;
  return typeof spec.group === "string" && typeof kind === "string" ? { group: spec.group, kind } : undefined;
}

/**
 * Whether sheaf wrote an object's file: it carries the labels of an instance, or it is a Namespace that was made for one.
 * A file without them is somebody else's and is never changed.
 */
export function isOurs(object: KubeObject): boolean {
  const { instanceName, instanceNamespace, createdBy } = protocol.label;
  if (labelOf(object, instanceName) !== undefined && labelOf(object, instanceNamespace) !== undefined) return true;
  return object.kind === "Namespace" && labelOf(object, createdBy) === protocol.fieldManager;
}
