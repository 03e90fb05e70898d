import type { Unary } from "./ast.js";
import { note, says } from "./closedness.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, Stop } from "./fault.js";
import { anyKind, kindName, kinds, numberKind } from "./kind.js";
import { operandOf } from "./operand.js";
import { unaryScalar } from "./operators.js";
import { type Scalar, showScalar } from "./scalar.js";
import { constrainByEquality } from "./schema-constraints.js";
import { addBound, addFault, unifyScalar } from "./unify.js";
import type { Bound, Conjunct, Vertex } from "./vertex.js";
import { couldBe, noteSelfReference, showValue, view } from "./view.js";

/** Unifies a vertex with what a unary operator makes: a scalar, a bound, or a constraint by a struct or list. */
export function unifyUnary(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  { op, operand, pos }: Unary,
): void {
  if (op === "*") {
    addFault(vertex, errorAt(vertex, "syntax", "a default mark '*' stands only before a disjunct", pos));
    return;
  }
  const value = expressions.evaluate(vertex, conjunct, operand);
  const wanted = op === "!" ? kinds.bool : op === "+" || op === "-" ? numberKind : anyKind;
  const shown = view(expressions.evaluator, value);
  if (!couldBe(shown, wanted)) {
    noteSelfReference(vertex, value, operand.pos);
    const detail = `invalid operation ${op}${showValue(shown)} (${op} ${kindName(shown.kinds)})`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, pos));
  }
  if (op === "!=" || op === "==") note(vertex, conjunct.close, says.anyFields);
  const scalar = operandOf(expressions.evaluator, vertex, value, operand, op);
  if (scalar === undefined) {
    if (op === "!=" || op === "==") {
      constrainByEquality(expressions, vertex, op, value, pos);
      return;
    }
    throw new Stop(errorAt(vertex, "type-mismatch", `a struct or list is no operand of ${op}`, operand.pos));
  }
  const result = unaryResult(expressions, vertex, { op, operand, pos }, scalar);
  if ("op" in result) addBound(vertex, result);
  else unifyScalar(vertex, result);
}

/** What an operator makes of a scalar: another one, or a bound. */
export function unaryResult(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  { op, operand, pos }: Pick<Unary, "operand" | "pos"> & { op: Exclude<Unary["op"], "*"> },
  scalar: Scalar,
): Scalar | Bound {
  if (op === "+" || op === "-" || op === "!") {
    const result = unaryScalar(op, scalar, pos);
    if (typeof result === "string") throw new Stop(errorAt(vertex, "type-mismatch", result, pos));
    return result;
  }
  if (op === "=~" || op === "!~")
    return { op, limit: scalar, pos, test: expressions.regexps.test(vertex, scalar, operand.pos) };
  const ordered = scalar.type === "number" || scalar.type === "string" || scalar.type === "bytes";
  if (op !== "!=" && op !== "==" && !ordered) {
    const detail = `invalid bound ${op}${showScalar(scalar)}: only numbers, strings and bytes have an order`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, pos));
  }
  return { op, limit: scalar, pos };
}
