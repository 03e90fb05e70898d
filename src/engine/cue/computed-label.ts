import type { Expr } from "./ast.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, Stop } from "./fault.js";
import { scalarOperand } from "./operand.js";
import { showScalar } from "./scalar.js";
import type { Conjunct, Vertex } from "./vertex.js";

/** The name that a computed label gives. */
export function computedLabel(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  expr: Expr,
): string {
  const scalar = scalarOperand(expressions, vertex, conjunct, expr, "a label");
  if (scalar.type !== "string") {
    const detail = `a label is a string, not ${showScalar(scalar)}; put it into quotes, as in "\\(x)"`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, expr.pos));
  }
  if (scalar.secret) {
    const what =
      "a runtime value in the name of a field (only a cluster's name and group, since labels and messages show it)";
    throw new Stop(expressions.evaluator.unsupported(vertex, what, expr.pos));
  }
  return scalar.value;
}
