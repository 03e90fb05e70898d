import type { Expr, Slice } from "./ast.js";
import { toBigInt } from "./decimal.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, Stop } from "./fault.js";
import { kindName, kinds } from "./kind.js";
import { scalarOperand } from "./operand.js";
import { showScalar } from "./scalar.js";
import { type Code, type Conjunct, scalarVertex, type Vertex } from "./vertex.js";
import { completeIn } from "./view.js";

/** The part of a list or bytes that `x[low:high]` takes. */
export function slice(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  { operand, low, high, pos }: Slice,
): Code {
  const list = completeIn(expressions.evaluator, vertex, expressions.evaluate(vertex, conjunct, operand), operand.pos);
  const bytes = list.scalar?.type === "bytes" ? list.scalar : undefined;
  if (list.kinds !== kinds.list && bytes === undefined) {
    const shown = list.scalar === undefined ? "a struct" : showScalar(list.scalar);
    throw new Stop(
      errorAt(vertex, "type-mismatch", `cannot slice ${shown} (type ${kindName(list.kinds)})`, operand.pos),
    );
  }
  const items = list.items ?? [];
  const length = bytes?.value.length ?? items.length;
  const bound = (expr: Expr | undefined, otherwise: number): number => {
    if (expr === undefined) return otherwise;
    const scalar = scalarOperand(expressions, vertex, conjunct, expr, "a slice");
    const at = scalar.type === "number" && scalar.value.isInt ? Number(toBigInt(scalar.value)) : undefined;
    if (at !== undefined && at >= 0 && at <= length) return at;
    const parts = `${length} ${bytes === undefined ? "items" : "bytes"}`;
    const detail = `slice bound ${showScalar(scalar)} is out of range: there are ${parts}`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, expr.pos));
  };
  const [from, to] = [bound(low, 0), bound(high, length)];
  if (from > to) throw new Stop(errorAt(vertex, "type-mismatch", `invalid slice: ${from} > ${to}`, pos));
  if (bytes === undefined) return { kind: "values", vertices: items.slice(from, to), pos };
  return { kind: "value", vertex: scalarVertex({ ...bytes, value: bytes.value.subarray(from, to), pos }), pos };
}
