import type { SourcePos } from "../diagnostics/index.js";
import type { Comprehension, IfClause } from "./ast.js";
import { intDecimal } from "./decimal.js";
import type { Evaluator } from "./evaluator.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, incompleteAt, Stop } from "./fault.js";
import { arcKeys } from "./field-order.js";
import { kindName, kinds } from "./kind.js";
import { formatPath, isRegularKey, keyName } from "./label.js";
import { scalarOperand } from "./operand.js";
import type { Scalar } from "./scalar.js";
import { type Conjunct, type Env, placeOf, presences, scalarVertex, type Task, type Vertex } from "./vertex.js";
import {
  completeIn,
  couldBe,
  hasComputedLabel,
  isOpenValue,
  noteSelfReference,
  refuseInTrial,
  showValue,
  view,
} from "./view.js";

/** The environments in which the body of a comprehension counts: one for each turn of its loops. */
export function iterate(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  { clauses }: Comprehension,
): Env[] {
  const { evaluator } = expressions;
  const envs: Env[] = [];
  const visit = (index: number, scope: Conjunct): void => {
    const clause = clauses[index];
    if (clause === undefined) {
      evaluator.budget.claimNode(conjunct.code.pos);
      envs.push(scope.env);
      return;
    }
    evaluator.budget.step(clause.pos);
    const inner = (variables: NonNullable<Env["variables"]>, serial: number): Conjunct => {
      const { env } = scope;
      return { ...scope, env: { up: env, vertex: env.vertex, node: clause, serial, variables } };
    };
    if (clause.kind === "if") {
      if (holds(expressions, vertex, scope, clause)) visit(index + 1, scope);
    } else if (clause.kind === "let") {
      const value = evaluator.newVertex(vertex, undefined, clause.pos);
      value.conjuncts.push({ ...scope, code: clause.value, close: undefined, choice: undefined, defines: true });
      visit(index + 1, inner([[clause.name.name, value]], 0));
    } else {
      const { pos } = clause.source;
      const value = expressions.evaluate(vertex, scope, clause.source);
      const known = view(evaluator, value);
      if (!couldBe(known, kinds.struct | kinds.list)) throw notIterable(known, pos, vertex);
      // A loop over the struct that it stands in goes over what is there, once that is all, and may give no other field.
      const isOwn = known === vertex && vertex.structs !== undefined;
      if (isOwn && vertex.active.tasks.some((task) => isOpenComprehension(task) && task !== vertex.active.running))
        throw new Stop(errorAt(vertex, "cycle", "a loop over its own struct stands before other comprehensions", pos));
      refuseInTrial(evaluator, vertex, known, pos);
      const source = isOwn ? vertex : completeIn(evaluator, vertex, value, pos);
      if (vertex.label === undefined) refuseCycle(evaluator, vertex, source, pos);
      let serial = 0;
      for (const [key, value] of entries(evaluator, source, pos, vertex)) {
        const variables: [string, Vertex][] = [[clause.value.name, value]];
        if (clause.key !== undefined) variables.push([clause.key.name, scalarVertex({ ...key, pos: clause.key.pos })]);
        visit(index + 1, inner(variables, serial++));
      }
    }
  };
  visit(0, conjunct);
  return envs;
}

function isOpenComprehension({ code, isDone }: Task): boolean {
  return !isDone && code.kind === "comprehension" && code.body.decls.length > 0;
}

/** Refuses a list within an expression whose items use what the loop over them gives: the order of work decides what comes. */
function refuseCycle(evaluator: Evaluator, vertex: Vertex, { items }: Vertex, pos: SourcePos): void {
  for (const item of items ?? [])
    if (view(evaluator, item).waiting?.some(({ awaits }) => awaits?.state === "busy"))
      throw new Stop(evaluator.unsupported(vertex, "a loop over items that use what it gives", pos));
}

/** Whether a condition holds. */
function holds(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  scope: Conjunct,
  { condition, pos }: IfClause,
): boolean {
  const asked = expressions.evaluate(vertex, scope, condition);
  const value = view(expressions.evaluator, asked);
  if (!couldBe(value, kinds.bool)) {
    noteSelfReference(vertex, asked, condition.pos);
    const detail = `cannot use ${showValue(value)} as a condition: it is true or false`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, pos, [placeOf(value)]));
  }
  if (isOpenValue(value)) throw new Stop(incompleteAt(vertex, "the condition is an open bool", placeOf(value), [pos]));
  const scalar = scalarOperand(expressions, vertex, scope, condition, "if");
  return scalar.type === "bool" && scalar.value;
}

/** What a loop goes over: the regular fields of a struct by name, the items of a list by index. */
function* entries(evaluator: Evaluator, source: Vertex, pos: SourcePos, vertex: Vertex): Generator<[Scalar, Vertex]> {
  if (source.kinds === kinds.list) {
    for (const [index, item] of (source.items ?? []).entries())
      yield [{ type: "number", value: intDecimal(index), pos, secret: false }, item];
  } else if (source.kinds === kinds.struct || source === vertex) {
    evaluator.noteRead(source, "fields");
    for (const key of arcKeys(source)) {
      const arc = source.arcs?.get(key);
      if (arc === undefined || !isRegularKey(key) || arc.presence === presences.optional) continue;
      const isRequired = arc.presence === presences.required;
      if (isRequired && source.conjuncts.some(hasComputedLabel))
        throw new Stop(evaluator.unsupported(vertex, "a loop over a required field beside a computed label", pos));
      if (isRequired)
        throw new Stop(incompleteAt(vertex, `missing required field in for comprehension: ${formatPath([key])}`, pos));
      yield [{ type: "string", value: keyName(key), pos, secret: false }, arc];
    }
  } else throw notIterable(source, pos, vertex);
}

function notIterable(source: Vertex, pos: SourcePos, vertex: Vertex): Stop {
  const detail = `cannot range over ${showValue(source)} (found ${kindName(source.kinds)}, want list or struct)`;
  return new Stop(errorAt(vertex, "type-mismatch", detail, pos));
}
