import type { SourcePos } from "../diagnostics/index.js";
import type { Binary, Bottom, Expr } from "./ast.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, type Fault, Stop } from "./fault.js";
import { anyKind, kinds } from "./kind.js";
import { formatPath } from "./label.js";
import type { Scalar } from "./scalar.js";
import { type Conjunct, isWithin, type Vertex } from "./vertex.js";
import { errorWithin, view } from "./view.js";

/** `x != _|_` asks whether x is there and concrete. */
export function comparedToBottom(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  { op, pos }: Binary,
  operand: Expr | Bottom,
): Scalar {
  const value = exists(expressions, vertex, conjunct, operand) === (op === "!=");
  return { type: "bool", value, pos, secret: false };
}

function exists(expressions: ExpressionEvaluator, vertex: Vertex, conjunct: Conjunct, operand: Expr): boolean {
  if (operand.kind === "bottom") return false;
  try {
    const base = view(expressions.evaluator, expressions.evaluate(vertex, conjunct, operand));
    if (isWithin(vertex, base) || extendsOwn(expressions, vertex, conjunct, operand))
      throw new Stop(selfDecided(vertex, base, operand.pos));
    if (base.state === "busy") throw new Stop({ ...selfDecided(vertex, base, operand.pos), kind: "incomplete" });
    const fault = errorWithin(expressions.evaluator, base);
    if (fault?.kind === "incomplete" && !expressions.evaluator.isReleased(fault)) throw new Stop(fault);
    if (fault?.kind === "error" || base.waiting !== undefined) return false;
    if (base.scalar !== undefined || base.alternatives !== undefined || base.arcs !== undefined) return true;
    return base.kinds === kinds.struct || base.kinds === kinds.list || base.kinds === anyKind;
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    const { fault } = stop;
    if (fault.code === "cycle" || (fault.awaits !== undefined && !expressions.evaluator.isReleased(fault))) throw stop;
    if (fault.trial === conjunct.env.vertex) throw new Stop(selfDecided(vertex, fault.trial, operand.pos));
    return false;
  }
}

/** Whether an expression unifies something with a struct that it stands in. */
function extendsOwn(expressions: ExpressionEvaluator, vertex: Vertex, conjunct: Conjunct, expr: Expr): boolean {
  if (expr.kind === "paren") return extendsOwn(expressions, vertex, conjunct, expr.expr);
  if (expr.kind !== "binary" || expr.op !== "&") return false;
  return [expr.left, expr.right].some((side) => {
    const isReference = side.kind === "identifier" || side.kind === "selector" || side.kind === "index";
    return isReference
      ? isWithin(vertex, expressions.evaluate(vertex, conjunct, side))
      : extendsOwn(expressions, vertex, conjunct, side);
  });
}

function selfDecided(vertex: Vertex, base: Vertex, pos: SourcePos): Fault {
  return errorAt(vertex, "cycle", `${formatPath(base.path)} depends on itself: the condition is in it`, pos);
}
