import { type SourcePos, suggest } from "../diagnostics/index.js";
import type { Call, Expr } from "./ast.js";
import { CloseNode } from "./closedness.js";
import { type Decimal, intDecimal } from "./decimal.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, incompleteAt, Stop } from "./fault.js";
import { kinds } from "./kind.js";
import { isRegularKey } from "./label.js";
import { divideIntegers } from "./operators.js";
import { type Scalar, showScalar } from "./scalar.js";
import { constrainByMatchIf, constrainByMatchN } from "./schema-constraints.js";
import { unifyScalar } from "./unify.js";
import { type Conjunct, presences, type Vertex } from "./vertex.js";
import { completeIn, couldBe, refuseInTrial, scalarIn, showValue, view } from "./view.js";

/** Calls a function that needs no import, and unifies the vertex with its result. */
export function callBuiltin(expressions: ExpressionEvaluator, vertex: Vertex, conjunct: Conjunct, call: Call): void {
  const { callee, args, pos } = call;
  const name = builtinName(expressions, vertex, callee);
  const evaluate = (index: number): Vertex =>
    expressions.evaluate(vertex, conjunct, argument(vertex, call, name, index));
  const limitArguments = (count: number): void => {
    if (args.length > count)
      throw new Stop(errorAt(vertex, "type-mismatch", `too many arguments in call to ${name}`, pos));
  };
  switch (name) {
    case "len":
      limitArguments(1);
      unifyScalar(vertex, length(expressions, vertex, evaluate(0), argument(vertex, call, name, 0).pos, pos));
      return;
    case "close": {
      limitArguments(1);
      const value = evaluate(0);
      const shown = view(expressions.evaluator, value);
      if (!couldBe(shown, kinds.struct)) {
        const detail = `cannot use ${showValue(shown)} as a struct in argument 1 to close`;
        throw new Stop(errorAt(vertex, "type-mismatch", detail, argument(vertex, call, name, 0).pos));
      }
      if (shown.alternatives !== undefined) throw new Stop(incompleteAt(vertex, "unresolved disjunction", pos));
      const close = new CloseNode(vertex, "definition", conjunct.close);
      close.isShallow = true;
      vertex.active.work.push({ ...conjunct, code: { kind: "value", vertex: value, pos }, close });
      return;
    }
    case "and":
    case "or": {
      limitArguments(1);
      const list = completeIn(expressions.evaluator, vertex, evaluate(0), argument(vertex, call, name, 0).pos);
      const vertices = list.items ?? [];
      if (list.items === undefined && list.lists === undefined)
        throw new Stop(errorAt(vertex, "type-mismatch", `${name} takes a list`, argument(vertex, call, name, 0).pos));
      if (name === "and")
        for (const item of vertices)
          vertex.active.work.push({ ...conjunct, code: { kind: "value", vertex: item, pos } });
      else if (vertices.length === 0) throw new Stop(errorAt(vertex, "type-mismatch", "empty list in call to or", pos));
      else vertex.active.work.push({ ...conjunct, code: { kind: "any-of", vertices, origin: call, pos } });
      return;
    }
    case "div":
    case "mod":
    case "quo":
    case "rem": {
      limitArguments(2);
      const [a, b] = [0, 1].map((i) =>
        integer(expressions, vertex, evaluate(i), argument(vertex, call, name, i).pos, name),
      );
      const value = divideIntegers(name, a?.value ?? intDecimal(0), b?.value ?? intDecimal(0));
      if (typeof value === "string") throw new Stop(errorAt(vertex, "type-mismatch", value, pos));
      unifyScalar(vertex, { type: "number", value, pos, secret: a?.secret === true || b?.secret === true });
      return;
    }
    case "matchN":
      constrainByMatchN(expressions, vertex, conjunct, call);
      return;
    case "matchIf":
      constrainByMatchIf(expressions, vertex, conjunct, call);
      return;
    case "error": {
      limitArguments(1);
      const message = scalarIn(expressions.evaluator, vertex, evaluate(0), argument(vertex, call, name, 0).pos);
      const text = message === undefined ? "error()" : message.type === "string" ? message.value : showScalar(message);
      throw new Stop(errorAt(vertex, "user-error", message?.secret ? showScalar(message) : text, pos));
    }
    default:
      throw new Stop(expressions.evaluator.unsupported(vertex, `the function ${name}`, callee.pos));
  }
}

function builtinName({ evaluator }: ExpressionEvaluator, vertex: Vertex, callee: Expr): string {
  const { meanings } = evaluator;
  const meaning = callee.kind === "identifier" ? meanings.get(callee) : undefined;
  if (meaning?.kind === "builtin") return meaning.name;
  if (callee.kind === "selector" && callee.operand.kind === "identifier") {
    const operand = meanings.get(callee.operand);
    const member = callee.name.kind === "identifier" ? callee.name.name : callee.name.value;
    if (operand?.kind === "package") {
      const functions = evaluator.library.packages?.get(operand.path)?.functions ?? {};
      const names = Object.keys(functions);
      const near = suggest(member, names) ?? names.find((name) => member.length > 2 && name.endsWith(member));
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      const detail = `the package ${JSON.stringify(operand.path)} has no function ${member}${hint}`;
      throw new Stop(errorAt(vertex, "reference-not-found", detail, callee.pos));
    }
  }
  throw new Stop(errorAt(vertex, "type-mismatch", "cannot call a value that is no function", callee.pos));
}

function argument(vertex: Vertex, { args, pos }: Call, name: string, index: number): Expr {
  const arg = args[index];
  if (arg === undefined)
    throw new Stop(errorAt(vertex, "type-mismatch", `not enough arguments in call to ${name}`, pos));
  return arg;
}

function length(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  value: Vertex,
  argPos: SourcePos,
  pos: SourcePos,
): Scalar {
  const shown = view(expressions.evaluator, value);
  if (!couldBe(shown, kinds.string | kinds.bytes | kinds.struct | kinds.list)) {
    const detail = `cannot use ${showValue(shown)} as a string, bytes, list or struct in argument 1 to len`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, argPos));
  }
  refuseInTrial(expressions.evaluator, vertex, shown, argPos);
  const scalar = scalarIn(expressions.evaluator, vertex, value, argPos);
  const count = (size: number, secret: boolean): Scalar => ({ type: "number", value: intDecimal(size), pos, secret });
  if (scalar?.type === "string") return count(Buffer.byteLength(scalar.value), scalar.secret);
  if (scalar?.type === "bytes") return count(scalar.value.length, scalar.secret);
  const whole = completeIn(expressions.evaluator, vertex, value, argPos);
  const { items, arcs } = whole;
  if (items !== undefined) return count(items.length, false);
  let fields = 0;
  expressions.evaluator.noteRead(whole, "fields");
  for (const [key, arc] of arcs ?? []) if (isRegularKey(key) && arc.presence === presences.regular) fields++;
  return count(fields, false);
}

function integer(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  value: Vertex,
  pos: SourcePos,
  name: string,
): { value: Decimal; secret: boolean } {
  const scalar = scalarIn(expressions.evaluator, vertex, value, pos);
  if (scalar?.type === "number" && scalar.value.isInt) return { value: scalar.value, secret: scalar.secret };
  const shown = scalar === undefined ? "a struct or list" : showScalar(scalar);
  throw new Stop(errorAt(vertex, "type-mismatch", `cannot use ${shown} as an integer in call to ${name}`, pos));
}
