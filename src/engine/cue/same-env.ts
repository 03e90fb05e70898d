import type { Env, Vertex } from "./vertex.js";

/** Whether two environments are one: those of a vertex that is worked out again, or that two embeddings bring, are made anew. */
export function isSameEnv(a: Env | undefined, b: Env | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.node !== b.node || a.serial !== b.serial) return false;
  return isSameVertex(a.vertex, b.vertex) && isSameEnv(a.up, b.up);
}

function isSameVertex(a: Vertex | undefined, b: Vertex | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && a.label === b.label && isSameVertex(a.parent, b.parent);
}
