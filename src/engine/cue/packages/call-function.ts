import type { SourcePos } from "../../diagnostics/index.js";
import type { Call, Expr, Selector } from "../ast.js";
import {
  type Decimal,
  formatDecimal,
  intDecimal,
  isNegative,
  isOutOfRange,
  parseDecimal,
  signedZero,
  toBigInt,
} from "../decimal.js";
import type { Evaluator } from "../evaluator.js";
import type { ExpressionEvaluator } from "../expression.js";
import { errorAt, type Fault, incompleteAt, Stop } from "../fault.js";
import { anyKind } from "../kind.js";
import { dataField, listLiteral, numberLiteral, scalarLiteral, structLiteral } from "../make-ast.js";
import { type Scalar, showScalar } from "../scalar.js";
import { addValidator, unifyScalar } from "../unify.js";
import { type Code, type Conjunct, scalarVertex, type Validator, Vertex } from "../vertex.js";
import { errorWithin, view } from "../view.js";
import { Arguments } from "./arguments.js";
import { CallFault, type PackageFunction, type Result } from "./package.js";

/** A function of an imported package, with the name that messages have for it. */
export type NamedFunction = Readonly<{ name: string; fn: PackageFunction }>;

/** The function that `package.Name` is, if it is one. */
export function functionAt({ meanings, library }: Evaluator, code: Code): NamedFunction | undefined {
  if (code.kind !== "selector" || code.operand.kind !== "identifier") return undefined;
  const meaning = meanings.get(code.operand);
  if (meaning?.kind !== "package") return undefined;
  const member = code.name.kind === "identifier" ? code.name.name : code.name.value;
  const functions = library.packages?.get(meaning.path)?.functions;
  const fn = functions !== undefined && Object.hasOwn(functions, member) ? functions[member] : undefined;
  return fn && { name: `${meaning.path.split("/").at(-1)}.${member}`, fn };
}

/** Calls a function of a package, and unifies the vertex with its result; or makes it a constraint of the vertex. */
export function callFunction(
  expressions: ExpressionEvaluator,
  vertex: Vertex,
  conjunct: Conjunct,
  { name, fn }: NamedFunction,
  { args: exprs, pos }: Call,
): void {
  const wanted = fn.params.length;
  const isConstraint = fn.isValidator && exprs.length === wanted - 1;
  if (exprs.length > wanted) throw wrongCount(vertex, "too many", name, exprs.length, wanted, pos);
  if (!isConstraint && exprs.length < (fn.lastDefault === undefined ? wanted : wanted - 1))
    throw wrongCount(vertex, "not enough", name, exprs.length, wanted, pos);
  const values = exprs.map((expr) => expressions.evaluate(vertex, conjunct, expr));
  const places = exprs.map((expr) => expr.pos);
  if (isConstraint) {
    constrain(expressions.evaluator, vertex, { name, fn }, values, places, pos);
    return;
  }
  if (values.length < wanted)
    values.push(scalarVertex({ type: "string", value: fn.lastDefault ?? "", pos, secret: false }));
  const args = new Arguments(expressions.evaluator, vertex, values, places);
  try {
    checkKinds(args, fn, 0);
    if (!fn.takesSchemas) args.claimReading();
    unifyResult(expressions.evaluator, vertex, conjunct, fn.call(args), { pos, secret: args.isSecret });
  } catch (error) {
    if (error instanceof Stop && error.fault.kind === "incomplete") {
      // An error in another argument, or further down, counts more than what may still come.
      for (const value of values) stopAtFaultWithin(expressions.evaluator, value);
    }
    if (!(error instanceof CallFault)) throw error;
    if (error.isInvalid) unifyScalar(vertex, { type: "bool", value: false, pos, secret: args.isSecret });
    else throw new Stop(faultOf(error, vertex, `error in call to ${name}: ${detailOf(error, args)}`, pos));
  }
}

function stopAtFaultWithin(evaluator: Evaluator, value: Vertex): void {
  const fault = errorWithin(evaluator, value);
  if (fault?.kind === "error") throw new Stop(fault);
}

/** Makes a function of one argument a constraint, as in `ip: net.IPv4`. */
export function constrainBare(evaluator: Evaluator, vertex: Vertex, called: NamedFunction, { pos }: Selector): void {
  const { name, fn } = called;
  if (fn.isValidator && fn.params.length === 1) constrain(evaluator, vertex, called, [], [], pos);
  else throw new Stop(errorAt(vertex, "type-mismatch", `the function ${name} is no value: call it`, pos));
}

function constrain(
  evaluator: Evaluator,
  vertex: Vertex,
  { name, fn }: NamedFunction,
  values: readonly Vertex[],
  places: readonly SourcePos[],
  pos: SourcePos,
): void {
  checkKinds(new Arguments(evaluator, vertex, values, places), { ...fn, params: fn.params.slice(1) }, 0);
  const shown = fn.takesSchemas || values.length === 0 ? name : `${name}(${values.map(show).join(", ")})`;
  const check = (value: Vertex): Fault | undefined => {
    const args = new Arguments(evaluator, value, [value, ...values], [pos, ...places]);
    try {
      checkKinds(args, fn, 0);
      if (!fn.takesSchemas) args.claimReading();
      if (fn.call(args) === true) return undefined;
      return errorAt(value, "conflicting-values", invalid(value, shown), pos, placesOf(value));
    } catch (error) {
      if (error instanceof Stop) return error.fault;
      if (!(error instanceof CallFault)) throw error;
      return faultOf(error, value, `${invalid(value, shown)}: ${detailOf(error, args)}`, pos, placesOf(value));
    }
  };
  const validator: Validator = { shown, kinds: fn.params[0] ?? anyKind, pos, check };
  addValidator(vertex, validator);

  function show(value: Vertex): string {
    const { scalar } = view(evaluator, value);
    return scalar === undefined ? "…" : showScalar(scalar);
  }
}

/** What a function says of its arguments may quote them. */
function detailOf({ detail }: CallFault, { isSecret }: Arguments): string {
  return isSecret ? "what is wrong with the secret value is not shown" : detail;
}

function invalid({ scalar }: Vertex, shown: string): string {
  const value = scalar === undefined ? "" : ` ${showScalar(scalar)}`;
  return `invalid value${value} (does not satisfy ${shown})`;
}

function placesOf({ pos }: Vertex): SourcePos[] {
  return pos === undefined ? [] : [pos];
}

function checkKinds(args: Arguments, { params, takesSchemas }: PackageFunction, from: number): void {
  if (takesSchemas) return;
  for (let i = from; i < params.length; i++) args.check(i, params[i] ?? anyKind);
}

function faultOf(
  { isIncomplete }: CallFault,
  vertex: Vertex,
  detail: string,
  pos: SourcePos,
  related: readonly SourcePos[] = [],
): Fault {
  if (isIncomplete) return incompleteAt(vertex, detail, pos, related);
  return errorAt(vertex, "invalid-call", detail, pos, related);
}

function wrongCount(vertex: Vertex, what: string, name: string, have: number, want: number, pos: SourcePos): Stop {
  const detail = `${what} arguments in call to ${name} (have ${have}, want ${want})`;
  return new Stop(errorAt(vertex, "type-mismatch", detail, pos));
}

type Origin = Readonly<{ pos: SourcePos; secret: boolean }>;

function unifyResult(evaluator: Evaluator, vertex: Vertex, conjunct: Conjunct, result: Result, origin: Origin): void {
  const scalar = scalarOfResult(result, origin);
  if (scalar === undefined) vertex.active.work.push({ ...conjunct, code: codeOf(result) });
  else unifyScalar(vertex, scalar);

  function codeOf(part: Result): Code {
    const { pos } = origin;
    if (part instanceof Vertex) return { kind: "value", vertex: part, pos };
    if (Array.isArray(part)) return { kind: "values", vertices: part.map(vertexOf), pos };
    return exprOf(part, origin);
  }

  function vertexOf(part: Result): Vertex {
    if (part instanceof Vertex) return part;
    const known = scalarOfResult(part, origin);
    if (known !== undefined) return scalarVertex(known);
    const made = evaluator.newVertex(undefined, undefined, origin.pos);
    made.conjuncts.push({ ...conjunct, code: codeOf(part), close: undefined, choice: undefined, defines: true });
    return made;
  }
}

function scalarOfResult(result: Result, { pos, secret }: Origin): Scalar | undefined {
  if (typeof result === "string") return { type: "string", value: result, pos, secret };
  if (typeof result === "boolean") return { type: "bool", value: result, pos, secret };
  if (typeof result === "bigint" || typeof result === "number")
    return { type: "number", value: intDecimal(result), pos, secret };
  if (result === null) return { type: "null", pos, secret };
  if (result instanceof Uint8Array) return { type: "bytes", value: result, pos, secret };
  if ("coefficient" in result) return { type: "number", value: narrowed(result), pos, secret };
  if ("float" in result) return { type: "number", value: floatDecimal(result.float), pos, secret };
  return undefined;
}

/** A decimal without a fraction is an integer. */
function narrowed(decimal: Decimal): Decimal {
  if (isOutOfRange(decimal)) throw new CallFault("exponent out of range");
  const integer = decimal.isInt && decimal.exponent === 0 ? undefined : toBigInt(decimal);
  return integer === undefined ? decimal : signedZero(intDecimal(integer), isNegative(decimal));
}

/** The shortest digits that give a double. */
function floatDecimal(value: number): Decimal {
  const decimal = parseDecimal(value.toExponential());
  if (typeof decimal === "string") throw new CallFault(`the result ${value} is no number`);
  return signedZero(decimal, Object.is(value, -0));
}

/** Data as an expression. */
function exprOf(result: Result, { pos, secret }: Origin): Expr {
  const at = { pos };
  const scalar = scalarOfResult(result, { pos, secret });
  if (scalar?.type === "number") return numberLiteral(formatDecimal(scalar.value), at, secret);
  if (scalar?.type === "bytes") return { kind: "literal", value: scalar, secret, pos, end: pos.offset };
  if (scalar !== undefined) return scalarLiteral(scalar.type === "null" ? null : scalar.value, at, secret);
  if (result instanceof Map) {
    const fields = [...result].map(([name, value]) => dataField(name, exprOf(value, { pos, secret }), at));
    return structLiteral(fields, at);
  }
  if (Array.isArray(result))
    return listLiteral(
      result.map((item) => exprOf(item, { pos, secret })),
      at,
    );
  if (typeof result === "object" && result !== null && "kind" in result && typeof result.kind === "string")
    return result;
  throw new TypeError("a value among data");
}
