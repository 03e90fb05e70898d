import type { SourcePos } from "../diagnostics/index.js";
import type { Call, Expr } from "./ast.js";
import { intDecimal } from "./decimal.js";
import { deepEqual } from "./deep-equal.js";
import type { Evaluator } from "./evaluator.js";
import { Exporter } from "./export.js";
import type { ExpressionEvaluator } from "./expression.js";
import { conflictAt, errorAt, type Fault, incompleteAt, Stop } from "./fault.js";
import { anyKind, kinds } from "./kind.js";
import { isRegularKey, keyName } from "./label.js";
import { addValidator } from "./unify.js";
import { type Conjunct, Family, placeOf, presences, scalarVertex, type Validator, type Vertex } from "./vertex.js";
import { children, completeIn, couldBe, showValue, view } from "./view.js";

/**
 * The constraints that are checked by a copy of their value, by the family of the copy: it has the same constraints, which
 * must not be checked by another copy.
 */
const onTrial = new WeakMap<object, ReadonlySet<Call>>();

/** `matchN(n, [a, b, …])`: as many schemas as `n` says, a number or a bound, fit the value. */
export function constrainByMatchN(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  call: Call,
): void {
  if (isOnTrial(vertex, call)) return;
  const { evaluator } = expressions;
  const { pos } = call;
  const [wanted, list] = parameters(vertex, call, "matchN", 2).map((arg) =>
    expressions.evaluate(vertex, conjunct, arg),
  );
  if (wanted === undefined || list === undefined) return;
  for (const [index, [value, kind]] of (
    [
      [wanted, kinds.int],
      [list, kinds.list],
    ] as const
  ).entries())
    if (!couldBe(view(evaluator, value), kind)) {
      const detail = `cannot use ${showValue(view(evaluator, value))} as ${index === 0 ? "a number" : "the list"} of matchN`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, call.args[index]?.pos ?? pos));
    }
  const schemas = completeIn(evaluator, vertex, list, pos).items ?? [];
  constrain(vertex, "matchN", pos, (value) => {
    const misfits = schemas.flatMap((schema) => misfit(evaluator, value, schema, call) ?? []);
    const fits = (count: number): boolean => {
      const number = scalarVertex({ type: "number", value: intDecimal(count), pos, secret: false });
      return misfit(evaluator, number, wanted, call) === undefined;
    };
    const count = schemas.length - misfits.length;
    if (fits(count)) return undefined;
    const detail = `${count} of ${schemas.length} schemas match`;
    // Fields that are to come may make others match.
    const more = misfits.filter(({ kind }) => kind === "incomplete").length;
    const isOpen = Array.from({ length: more }, (_, i) => count + i + 1).some(fits);
    return { detail, kind: isOpen ? "incomplete" : "error" };
  });
}

/** `matchIf(condition, then, otherwise)`: the second or third schema fits, as the first one does or does not. */
export function constrainByMatchIf(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  call: Call,
): void {
  if (isOnTrial(vertex, call)) return;
  const { evaluator } = expressions;
  const { pos } = call;
  const schemas = parameters(vertex, call, "matchIf", 3).map((arg) => expressions.evaluate(vertex, conjunct, arg));
  const [condition, then, otherwise] = schemas;
  if (condition === undefined || then === undefined || otherwise === undefined) return;
  constrain(vertex, "matchIf", pos, (value) => {
    const chosen = misfit(evaluator, value, condition, call) === undefined ? then : otherwise;
    return misfit(evaluator, value, chosen, call);
  });
}

/** `!=` and `==` before a struct or list. */
export function constrainByEquality(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  op: "==" | "!=",
  limit: Vertex,
  pos: SourcePos,
): void {
  const check = (value: Vertex): Fault | undefined => {
    try {
      if (deepEqual(expressions, value, value, limit, pos) === (op === "==")) return undefined;
      return conflictAt(value, "conflicting-values", `invalid value (out of bound ${op}…)`, [pos, placeOf(value)]);
    } catch (stop) {
      if (stop instanceof Stop) return stop.fault;
      throw stop;
    }
  };
  addValidator(vertex, {
    shown: `${op}…`,
    kinds: op === "==" ? view(expressions.evaluator, limit).kinds : anyKind,
    pos,
    check,
  });
}

type Misfit = Pick<Fault, "detail" | "kind">;

function constrain(
  vertex: Vertex,
  name: string,
  pos: SourcePos,
  misfitOf: (value: Vertex) => Misfit | undefined,
): void {
  const check: Validator["check"] = (value) => {
    const found = misfitOf(value);
    if (found === undefined) return undefined;
    const detail = `invalid value (does not satisfy ${name}): ${found.detail}`;
    return { ...conflictAt(value, "conflicting-values", detail, [pos, placeOf(value)]), kind: found.kind };
  };
  addValidator(vertex, { shown: name, kinds: anyKind, pos, check });
}

function parameters(vertex: Vertex, { args, pos }: Call, name: string, count: number): readonly Expr[] {
  if (args.length === count) return args;
  const what = args.length > count ? "too many" : "not enough";
  throw new Stop(errorAt(vertex, "type-mismatch", `${what} arguments in call to ${name}`, pos));
}

/** What is wrong with a value by a schema: an error, or what is not there yet. */
function misfit(evaluator: Evaluator, value: Vertex, schema: Vertex, call: Call): Fault | undefined {
  const { pos } = call;
  const both = evaluator.newVertex(undefined, undefined, pos);
  both.family = new Family();
  onTrial.set(both.family, new Set([call, ...(onTrial.get(value.family ?? both.family) ?? [])]));
  both.conjuncts.push(evaluator.valueConjunct(schema, pos), evaluator.valueConjunct(value, pos, "data"));
  const exporter = new Exporter(evaluator);
  exporter.check(both);
  const faults = [...exporter.faults];
  return faults.find(({ kind }) => kind === "error") ?? faults[0] ?? missing(evaluator, both);
}

function missing(evaluator: Evaluator, vertex: Vertex): Fault | undefined {
  const value = view(evaluator, vertex);
  const [waiting] = value.waiting ?? [];
  if (waiting !== undefined) return waiting;
  for (const child of children(value)) {
    const { presence, label } = child;
    if (presence === presences.required && typeof label === "string" && isRegularKey(label))
      return incompleteAt(child, `the field ${keyName(label)} is required but not present`, placeOf(child));
    const fault = missing(evaluator, child);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isOnTrial({ family }: Vertex, call: Call): boolean {
  return family !== undefined && onTrial.get(family)?.has(call) === true;
}
