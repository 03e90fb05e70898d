import type { SourcePos } from "../diagnostics/index.js";
import type { ExpressionEvaluator } from "./expression.js";
import { incompleteAt, Stop } from "./fault.js";
import { formatPath, isRegularKey } from "./label.js";
import { compareScalars } from "./scalar.js";
import { presences, type Vertex } from "./vertex.js";
import { completeIn } from "./view.js";

/** `==` of structs and lists: by their data, all of which has to be known. */
export function deepEqual(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  left: Vertex,
  right: Vertex,
  pos: SourcePos,
): boolean {
  for (const side of [left, right]) stopUnlessData(expressions, vertex, side, pos);
  return equalData(expressions, vertex, left, right, pos);
}

function stopUnlessData(expressions: ExpressionEvaluator, vertex: Vertex, value: Vertex, pos: SourcePos): void {
  const { evaluator } = expressions;
  const base = completeIn(evaluator, vertex, value, pos);
  for (const [key, { presence }] of base.arcs ?? [])
    if (presence === presences.required && isRegularKey(key))
      throw new Stop(incompleteAt(vertex, `the field ${formatPath([key])} is required but not present`, pos));
  const parts = [...(base.items ?? []), ...data(base).values()];
  evaluator.budget.nested(pos, () => {
    for (const part of parts) stopUnlessData(expressions, vertex, part, pos);
  });
}

function equalData(
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
      return other !== undefined && equalData(expressions, vertex, item, other, pos);
    });
  }
  const [x, y] = [data(a), data(b)];
  if (x.size !== y.size) return false;
  for (const [key, field] of x) {
    const other = y.get(key);
    if (other === undefined || !equalData(expressions, vertex, field, other, pos)) return false;
  }
  return true;
}

function data(vertex: Vertex): Map<string, Vertex> {
  const fields = [...(vertex.arcs ?? [])].filter(
    ([key, arc]) => isRegularKey(key) && arc.presence === presences.regular,
  );
  return new Map(fields);
}
