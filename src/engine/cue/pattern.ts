import type { Expr } from "./ast.js";
import type { Evaluator } from "./evaluator.js";
import type { ExpressionEvaluator } from "./expression.js";
import { kinds } from "./kind.js";
import type { Scalar } from "./scalar.js";
import { keepsBound } from "./unify.js";
import { type Bound, type Conjunct, scalarVertex, type Vertex } from "./vertex.js";
import { stopAtFault, stopAtWaiting, view } from "./view.js";

/** Tells which names the pattern of `[pattern]: value` covers. */
export function patternTest(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  expr: Expr,
): (name: string) => boolean {
  const { evaluator } = expressions;
  const meaning = expr.kind === "identifier" ? evaluator.meanings.get(expr) : undefined;
  if (meaning?.kind === "type" && meaning.name === "string") return () => true;
  const value = view(evaluator, expressions.evaluate(vertex, conjunct, expr));
  stopAtFault(value);
  stopAtWaiting(value);
  return (name) => covers(evaluator, value, { type: "string", value: name, pos: expr.pos, secret: false });
}

function covers(evaluator: Evaluator, value: Vertex, name: Scalar & { type: "string" }): boolean {
  if (value.alternatives !== undefined)
    return value.alternatives.some(({ vertex }) => covers(evaluator, view(evaluator, vertex), name));
  if ((value.kinds & kinds.string) === 0) return false;
  if (value.scalar !== undefined) return value.scalar.type === "string" && value.scalar.value === name.value;
  if (!(value.bounds ?? []).every((bound: Bound) => keepsBound(bound, name))) return false;
  return (value.validators ?? []).every(({ check }) => check(scalarVertex(name)) === undefined);
}
