import { isClosed } from "./closedness.js";
import { toNumber } from "./decimal.js";
import type { Evaluator } from "./evaluator.js";
import { kinds } from "./kind.js";
import { sameScalar } from "./scalar.js";
import { presences, type Vertex } from "./vertex.js";

/**
 * Tells whether two alternatives are surely the same value, so that one can go. Values that are equal in a way that is hard
 * to see stay two.
 */
export function structurallyEqual(evaluator: Evaluator, a: Vertex, b: Vertex, inConstraint = false): boolean {
  if (a === b) return true;
  if (!inConstraint) for (const vertex of [a, b]) evaluator.expand(vertex);
  if (a.state !== "done" || b.state !== "done") return false;
  if (a.chosen !== undefined) return structurallyEqual(evaluator, a.chosen, b, inConstraint);
  if (b.chosen !== undefined) return structurallyEqual(evaluator, a, b.chosen, inConstraint);
  if (a.kinds !== b.kinds || a.waiting !== undefined || b.waiting !== undefined) return false;
  if (a.alternatives !== undefined || b.alternatives !== undefined) return sameAlternatives();
  if (a.scalar !== undefined && b.scalar !== undefined) return sameScalar(a.scalar, b.scalar) && sameFields();
  if (a.scalar !== undefined || b.scalar !== undefined) return false;
  if ((a.bounds?.length ?? 0) + (b.bounds?.length ?? 0) > 0) return sameValidators(a, b) && sameBounds(a, b);
  if (!sameValidators(a, b) || isClosedStruct(a) !== isClosedStruct(b)) return false;
  return sameItems() && sameFields();

  function sameAlternatives(): boolean {
    const [x, y] = [a.alternatives ?? [], b.alternatives ?? []];
    if (x.length !== y.length) return false;
    return x.every(({ vertex, mode }, index) => {
      const other = y[index];
      return other?.mode === mode && structurallyEqual(evaluator, vertex, other.vertex, inConstraint);
    });
  }

  function sameItems(): boolean {
    if (a.items === undefined && b.items === undefined) return true;
    if (a.items?.length !== b.items?.length || isOpenList(a) !== isOpenList(b)) return false;
    return (a.items ?? []).every((item, index) => {
      const other = b.items?.[index];
      return other !== undefined && structurallyEqual(evaluator, item, other, inConstraint);
    });
  }

  function sameFields(): boolean {
    if ((a.arcs?.size ?? 0) !== (b.arcs?.size ?? 0)) return false;
    for (const [key, field] of a.arcs ?? []) {
      const other = b.arcs?.get(key);
      if (other === undefined || other.presence !== field.presence) return false;
      const isConstraint = field.presence === presences.optional;
      if (isConstraint && !sameConstraint(field, other)) return false;
      if (!isConstraint && !structurallyEqual(evaluator, field, other, inConstraint)) return false;
    }
    return true;
  }

  /** Constraints are worked out one level deep only, since they may repeat themselves without end. */
  function sameConstraint(x: Vertex, y: Vertex): boolean {
    if (x.conjuncts.length === y.conjuncts.length && x.conjuncts.every(({ code }, i) => code === y.conjuncts[i]?.code))
      return true;
    if (inConstraint) return false;
    evaluator.expand(x);
    evaluator.expand(y);
    return structurallyEqual(evaluator, x, y, true);
  }
}

/** A text that equal alternatives have in common, so that most others need not be compared. */
export function outline(evaluator: Evaluator, vertex: Vertex): string {
  const { arcs, chosen } = vertex;
  if (chosen !== undefined) return outline(evaluator, chosen);
  const own = outlineOf(vertex);
  if (arcs === undefined) return own;
  const parts = [own];
  for (const [key, arc] of arcs) {
    if (arc.presence !== presences.optional) evaluator.expand(arc);
    parts.push(key + outlineOf(arc));
  }
  return parts.sort().join(";");
}

function outlineOf({ scalar, chosen }: Vertex): string {
  if (chosen !== undefined) return outlineOf(chosen);
  if (scalar === undefined) return "";
  return scalar.type === "number" ? `:${toNumber(scalar.value)}` : `:${"value" in scalar ? scalar.value : ""}`;
}

/** Only structs are closed, and the fields of their items. */
function isClosedStruct(vertex: Vertex): boolean {
  return (vertex.kinds & (kinds.struct | kinds.list)) !== 0 && isClosed(vertex);
}

function isOpenList({ lists }: Vertex): boolean {
  return lists?.every((list) => list.isOpen) ?? false;
}

function sameValidators({ validators: x = [] }: Vertex, { validators: y = [] }: Vertex): boolean {
  return (
    x.length === y.length && x.every(({ shown, pos }) => y.some((other) => other.shown === shown && other.pos === pos))
  );
}

function sameBounds(a: Vertex, b: Vertex): boolean {
  const [x, y] = [a.bounds ?? [], b.bounds ?? []];
  if (x.length !== y.length || a.arcs !== undefined || b.arcs !== undefined) return false;
  return x.every(({ op, limit }) => y.some((other) => other.op === op && sameScalar(other.limit, limit)));
}
