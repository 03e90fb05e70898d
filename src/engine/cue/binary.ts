import type { Binary } from "./ast.js";
import { deepEqual } from "./deep-equal.js";
import { comparedToBottom } from "./existence.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, Stop } from "./fault.js";
import { kindName, kinds } from "./kind.js";
import { operandOf } from "./operand.js";
import { binaryScalars, resultLength } from "./operators.js";
import { type Scalar, showScalar } from "./scalar.js";
import type { Conjunct, Vertex } from "./vertex.js";
import { view } from "./view.js";

/** What a binary operator makes of its operands. */
export function binaryResult(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  expr: Binary,
): Scalar {
  const { op, left, right, pos } = expr;
  if ((op === "==" || op === "!=") && (left.kind === "bottom" || right.kind === "bottom"))
    return comparedToBottom(expressions, vertex, conjunct, expr, left.kind === "bottom" ? right : left);
  const values = [expressions.evaluate(vertex, conjunct, left), expressions.evaluate(vertex, conjunct, right)] as const;
  const a = operandOf(expressions.evaluator, vertex, values[0], left, op);
  const b = operandOf(expressions.evaluator, vertex, values[1], right, op);
  if (a === undefined || b === undefined) return compositeBinary(expressions, vertex, expr, values, [a, b]);
  if (op === "&&" || op === "||") return logical(vertex, expr, a, b);
  if (op === "=~" || op === "!~") {
    if (a.type !== "string")
      throw new Stop(errorAt(vertex, "type-mismatch", `cannot match ${showScalar(a)}: ${op} takes strings`, left.pos));
    const test = expressions.regexps.test(vertex, b, right.pos);
    return { type: "bool", value: test(a.value) === (op === "=~"), pos, secret: a.secret || b.secret };
  }
  expressions.evaluator.budget.claimText(resultLength(op, a, b), pos);
  const result = binaryScalars(op, a, b, pos);
  if (typeof result !== "string") return result;
  const related = result.startsWith("invalid operands") ? [right.pos, a.pos, b.pos] : [];
  throw new Stop(errorAt(vertex, "type-mismatch", result, pos, related));
}

function compositeBinary(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  { op, pos, right }: Binary,
  [left, other]: readonly [Vertex, Vertex],
  [a, b]: readonly [Scalar | undefined, Scalar | undefined],
): Scalar {
  if (op === "==" || op === "!=") {
    const equal = deepEqual(expressions, vertex, left, other, pos);
    return { type: "bool", value: equal === (op === "=="), pos, secret: false };
  }
  const show = (scalar: Scalar | undefined, value: Vertex): string =>
    scalar === undefined ? kindName(view(expressions.evaluator, value).kinds) : showScalar(scalar);
  const isList = [left, other].some((value) => view(expressions.evaluator, value).kinds === kinds.list);
  const hint = isList && (op === "+" || op === "*") ? `; use list.${op === "+" ? "Concat" : "Repeat"}` : "";
  const detail = `invalid operands ${show(a, left)} and ${show(b, other)} to '${op}'${hint}`;
  throw new Stop(errorAt(vertex, "type-mismatch", detail, pos, [right.pos]));
}

function logical(vertex: Vertex, { op, pos, left, right }: Binary, a: Scalar, b: Scalar): Scalar {
  const wrong = a.type !== "bool" ? ([a, left] as const) : ([b, right] as const);
  if (a.type !== "bool" || b.type !== "bool") {
    const detail = `cannot use ${showScalar(wrong[0])} as a boolean in ${op}`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, wrong[1].pos));
  }
  const value = op === "&&" ? a.value && b.value : a.value || b.value;
  return { type: "bool", value, pos, secret: a.secret || b.secret };
}
