import { structurallyEqual } from "./equality.js";
import type { Evaluator } from "./evaluator.js";
import { arcKeys } from "./field-order.js";
import type { Key } from "./label.js";
import type { Read } from "./reads.js";
import { presences, type Vertex } from "./vertex.js";
import { view } from "./view.js";

/** What a task used: the value at a path from its own vertex, and which fields that had if it used their set. */
export type Use = Readonly<{ path: readonly (Key | number | undefined)[]; of: Read["of"]; keys: readonly Key[] }>;

/** Keeps what was used, since the vertex that had it may be worked out again. */
export function useOf(vertex: Vertex, from: Vertex, of: Read["of"]): Use {
  const path: (Key | number | undefined)[] = [];
  for (let at: Vertex | undefined = vertex; at !== undefined && !isSelf(at, from); at = at.parent)
    path.unshift(at.label);
  return { path, of, keys: of === "fields" ? [...arcKeys(vertex)] : [] };
}

function isSelf(vertex: Vertex, other: Vertex): boolean {
  return vertex === other || (vertex.family !== undefined && vertex.family === other.family);
}

/**
 * Whether what a task used is so after all that came of it.
 *
 * @returns The vertex for which it is not
 */
export function brokenUse(evaluator: Evaluator, from: Vertex, { path, of, keys }: Use): Vertex | undefined {
  let found: Vertex | undefined = from;
  for (const label of path) {
    const at: Vertex = view(evaluator, found);
    found = typeof label === "number" ? at.items?.[label] : label === undefined ? undefined : at.arcs?.get(label);
    // What has no name of its own cannot be looked at again.
    if (found === undefined) return undefined;
  }
  const value = view(evaluator, found);
  const { arcs } = value;
  if (of === "inside") return undefined;
  if (of === "fields")
    return keys.length === (arcs?.size ?? 0) && keys.every((key) => arcs?.has(key)) ? undefined : value;
  if ("absent" in of) return arcs?.get(of.absent)?.presence === presences.regular ? value : undefined;
  return structurallyEqual(evaluator, value, of.default) ? undefined : value;
}
