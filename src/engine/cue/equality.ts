import { sameScalar } from "./scalar.js";
import type { Vertex } from "./vertex.js";

/**
 * Tells whether two alternatives are surely the same value, so that one can go. Values that are equal in a way that is hard
 * to see stay two.
 */
export function structurallyEqual(a: Vertex, b: Vertex): boolean {
  if (a === b) return true;
  if (a.state !== "done" || b.state !== "done" || a.kinds !== b.kinds) return false;
  if (a.waiting !== undefined || b.waiting !== undefined) return false;
  if (a.alternatives !== undefined || b.alternatives !== undefined) return false;
  if (a.chosen !== undefined) return structurallyEqual(a.chosen, b);
  if (b.chosen !== undefined) return structurallyEqual(a, b.chosen);
  if (a.scalar !== undefined && b.scalar !== undefined && a.arcs === undefined && b.arcs === undefined)
    return sameScalar(a.scalar, b.scalar);
  if (a.scalar !== undefined || b.scalar !== undefined) return false;
  if ((a.bounds?.length ?? 0) + (b.bounds?.length ?? 0) > 0) return sameBounds(a, b);
  if (isClosed(a) !== isClosed(b)) return false;
  return sameItems(a, b) && sameFields(a, b);
}

function isClosed({ closeNodes }: Vertex): boolean {
  for (const node of closeNodes ?? []) if (node.isClosed) return true;
  return false;
}

function sameBounds(a: Vertex, b: Vertex): boolean {
  const [x, y] = [a.bounds ?? [], b.bounds ?? []];
  if (x.length !== y.length || a.arcs !== undefined || b.arcs !== undefined) return false;
  return x.every(({ op, limit }) => y.some((other) => other.op === op && sameScalar(other.limit, limit)));
}

function sameItems(a: Vertex, b: Vertex): boolean {
  if (a.items === undefined && b.items === undefined) return true;
  const isOpen = ({ lists }: Vertex): boolean => lists?.every((list) => list.isOpen) ?? false;
  if (a.items?.length !== b.items?.length || isOpen(a) !== isOpen(b)) return false;
  return (a.items ?? []).every((item, index) => {
    const other = b.items?.[index];
    return other !== undefined && structurallyEqual(item, other);
  });
}

function sameFields(a: Vertex, b: Vertex): boolean {
  if ((a.arcs?.size ?? 0) !== (b.arcs?.size ?? 0)) return false;
  for (const [key, field] of a.arcs ?? []) {
    const other = b.arcs?.get(key);
    if (other === undefined || other.presence !== field.presence) return false;
    if (!structurallyEqual(field, other)) return false;
  }
  return true;
}
