import type { SourcePos } from "../diagnostics/index.js";
import type { ExpressionEvaluator } from "./expression.js";
import { isRegularKey } from "./label.js";
import { compareScalars } from "./scalar.js";
import { presences, type Vertex } from "./vertex.js";
import { completeIn } from "./view.js";

/** `==` of structs and lists: by their data, which has to be known. */
export function deepEqual(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  left: Vertex,
  right: Vertex,
  pos: SourcePos,
): boolean {
  const a = completeIn(expressions.evaluator, vertex, left, pos);
  const b = completeIn(expressions.evaluator, vertex, right, pos);
  if (a.scalar !== undefined || b.scalar !== undefined)
    return a.scalar !== undefined && b.scalar !== undefined && compareScalars(a.scalar, b.scalar) === 0;
  if (a.kinds !== b.kinds) return false;
  if (a.items !== undefined || b.items !== undefined) {
    const [x, y] = [a.items ?? [], b.items ?? []];
    if (x.length !== y.length) return false;
    return x.every((item, index) => {
      const other = y[index];
      return other !== undefined && deepEqual(expressions, vertex, item, other, pos);
    });
  }
  const [x, y] = [data(a), data(b)];
  if (x.size !== y.size) return false;
  for (const [key, field] of x) {
    const other = y.get(key);
    if (other === undefined || !deepEqual(expressions, vertex, field, other, pos)) return false;
  }
  return true;
}

function data(vertex: Vertex): Map<string, Vertex> {
  const fields = [...(vertex.arcs ?? [])].filter(
    ([key, arc]) => isRegularKey(key) && arc.presence === presences.regular,
  );
  return new Map(fields);
}
