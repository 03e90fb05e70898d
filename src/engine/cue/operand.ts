import type { Expr } from "./ast.js";
import type { Evaluator } from "./evaluator.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, Stop } from "./fault.js";
import { isNeverConcrete } from "./meaning.js";
import type { Scalar } from "./scalar.js";
import type { Conjunct, Vertex } from "./vertex.js";
import { errorWithin, scalarIn } from "./view.js";

/** The value of an operand that has to be a scalar. */
export function scalarOperand(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  operand: Expr,
  purpose: string,
): Scalar {
  const scalar = scalarIn(expressions.evaluator, vertex, expressions.evaluate(vertex, conjunct, operand), operand.pos);
  if (scalar !== undefined) return scalar;
  throw new Stop(errorAt(vertex, "type-mismatch", `a struct or list is no operand of ${purpose}`, operand.pos));
}

/** The scalar that an operand of an operator is; undefined for a struct or list. */
export function operandOf(
  evaluator: Evaluator,
  vertex: Vertex,
  value: Vertex,
  expr: Expr,
  op: string,
): Scalar | undefined {
  if (isNeverConcrete(expr, evaluator.meanings)) {
    const detail = `invalid operand of ${op}: it takes a concrete value, not a type or bound`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, expr.pos));
  }
  try {
    const scalar = scalarIn(evaluator, vertex, value, expr.pos);
    const fault = scalar === undefined ? errorWithin(evaluator, value) : undefined;
    if (fault !== undefined) throw new Stop(fault);
    return scalar;
  } catch (stop) {
    if (!(stop instanceof Stop) || !stop.fault.detail.startsWith("non-concrete value")) throw stop;
    throw new Stop({ ...stop.fault, detail: `${stop.fault.detail} in operand to ${op}`, path: vertex.path });
  }
}
