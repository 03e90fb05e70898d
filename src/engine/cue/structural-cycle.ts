import type { Code, Conjunct, Expansion, Trail, Vertex } from "./vertex.js";

/**
 * What a conjunct has been through: `optional` came by a field, pattern, item or disjunct that need not be there, `spared`
 * came back by such a way to a reference that led here before, and `certain` came back without one. The children of a
 * conjunct have what it has.
 */
export type Cycle = "none" | "optional" | "spared" | "certain";

export function optionally(cycle: Cycle): Cycle {
  return cycle === "none" ? "optional" : cycle;
}

/** Whether a conjunct is evidence that its vertex is no mere repetition. */
export function isFresh({ cycle }: Conjunct): boolean {
  return cycle === "none" || cycle === "optional";
}

/** What the conjuncts of the target of a reference go on with; `waits` until something that is not cyclic is there. */
type Step = Readonly<{ cycle: Cycle; trail: Trail; waits: boolean }>;

/**
 * Follows cue's rule for structural cycles: a vertex without end is one whose conjuncts all came back to where they were.
 * A conjunct comes back when its reference leads to a vertex around it, or to one that led to it before. What came by an
 * optional way may do that once more, since the next time nobody may ask for it.
 *
 * @returns Nothing where the vertex has been led there already: `a: b, b: a` says nothing new
 */
export function detectCycle(vertex: Vertex, conjunct: Conjunct, target: Vertex): Step | undefined {
  const { code, trail, cycle } = conjunct;
  const { active } = vertex;
  const go = (next: Cycle, counts: Trail["counts"], waits = false): Step => ({
    cycle: next,
    trail: { code, target, at: vertex, counts, length: (trail?.length ?? 0) + 1, next: trail },
    waits,
  });
  const turn = findTurn(vertex, trail, target);
  if (turn?.at === vertex) return undefined;
  if (isAround(target, vertex)) {
    active.hasAncestorCycle = true;
    return go("certain", "yes", !active.hasMaterial);
  }
  if (active.hasFresh && cycle === "spared") return go(cycle, "no");
  if (turn === undefined) return go(cycle, "yes");
  const isBeside = depthOf(turn.at) === depthOf(vertex);
  if (active.hasFresh && cycle === "optional") return isBeside ? undefined : go("spared", "anew");
  const isRepeated = findTurn(vertex, trail, target, code) !== undefined;
  if (active.hasFresh && active.hasMaterial && !isBeside && !isRepeated) return go(cycle, "yes");
  active.hasReturn = true;
  return go("certain", "yes", !active.hasFresh && !active.hasMaterial);
}

/** Whether all that there is came back. */
export function isStructuralCycle({ hasAncestorCycle, hasReturn, hasMaterial, hasFresh }: Expansion): boolean {
  return (hasAncestorCycle && !hasMaterial) || (hasReturn && !hasFresh);
}

/** The last time that a reference led to `target`: at the vertex itself, or as far as steps count. */
function findTurn(vertex: Vertex, trail: Trail | undefined, target: Vertex, code?: Code): Trail | undefined {
  let found: Trail | undefined;
  let isForgotten = false;
  for (let step = trail; step !== undefined; step = step.next) {
    if (step.target === target && step.at === vertex) return step;
    if (step.counts === "anew") isForgotten = true;
    if (step.target !== target || step.counts !== "yes" || isForgotten) continue;
    if (code === undefined || step.code === code) found ??= step;
  }
  return found;
}

function isAround(target: Vertex, vertex: Vertex): boolean {
  for (let at = vertex.parent; at !== undefined; at = at.parent)
    if (at === target || (at.family !== undefined && at.family === target.family)) return true;
  return false;
}

/** How many fields and items a vertex is below the root, or below the expression that it is part of. */
function depthOf(vertex: Vertex): number {
  let depth = 0;
  for (let at: Vertex | undefined = vertex; at?.label !== undefined; at = at.parent) depth++;
  return depth;
}
