import type { SourcePos } from "../diagnostics/index.js";
import type { Expr, Interpolation } from "./ast.js";
import { formatDecimal } from "./decimal.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, Stop } from "./fault.js";
import { kindName } from "./kind.js";
import { type Scalar, showScalar } from "./scalar.js";
import type { Conjunct, Vertex } from "./vertex.js";
import { scalarIn, view } from "./view.js";

/** The string or bytes of an interpolation. */
export function interpolate(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  { type, texts, exprs, pos }: Interpolation,
): Scalar {
  let secret = false;
  const [start = ""] = texts;
  const parts: string[] = [start];
  let open: Stop | undefined;
  for (const [index, expr] of exprs.entries()) {
    const scalar = interpolated(expressions, vertex, conjunct, expr, pos);
    if (scalar instanceof Stop) {
      // An error in a later part counts more than what may still come.
      if (scalar.fault.kind === "error") throw scalar;
      open ??= scalar;
      continue;
    }
    secret ||= scalar.secret;
    if (scalar.type === "string" || scalar.type === "bytes")
      expressions.evaluator.budget.claimText(scalar.value.length, pos);
    parts.push(interpolationText(scalar, type), texts[index + 1] ?? "");
  }
  if (open !== undefined) throw open;
  const text = parts.join("");
  if (type === "string") return { type, value: text, pos, secret };
  return { type, value: Buffer.from(text, "latin1"), pos, secret };
}

function interpolated(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  expr: Expr,
  pos: SourcePos,
): Scalar | Stop {
  try {
    const value = expressions.evaluate(vertex, conjunct, expr);
    const scalar = scalarIn(expressions.evaluator, vertex, value, expr.pos);
    if (scalar !== undefined && scalar.type !== "null") return scalar;
    const shown = scalar === undefined ? kindName(view(expressions.evaluator, value).kinds) : showScalar(scalar);
    const detail = `invalid interpolation: cannot use ${shown} as a bool, string, bytes or number`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, pos, [expr.pos]));
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    if (!stop.fault.detail.startsWith("non-concrete value")) return stop;
    const detail = `invalid interpolation: ${stop.fault.detail}`;
    return new Stop({ ...stop.fault, detail, pos, path: vertex.path });
  }
}

function interpolationText(scalar: Scalar, type: "string" | "bytes"): string {
  if (scalar.type === "bytes")
    return type === "bytes" ? Buffer.from(scalar.value).toString("latin1") : Buffer.from(scalar.value).toString("utf8");
  const text =
    scalar.type === "number" ? formatDecimal(scalar.value) : scalar.type === "null" ? "null" : String(scalar.value);
  return type === "bytes" ? Buffer.from(text).toString("latin1") : text;
}
