import type { SourcePos } from "../diagnostics/index.js";
import type { Binary, Bottom, Expr, Identifier, Interpolation, Slice, Unary } from "./ast.js";
import { callBuiltin } from "./builtins.js";
import { note, says } from "./closedness.js";
import { formatDecimal, toBigInt } from "./decimal.js";
import { decodeUtf8 } from "./decode-utf8.js";
import { deepEqual } from "./deep-equal.js";
import type { Evaluator } from "./evaluator.js";
import { errorAt, type Fault, Stop } from "./fault.js";
import { anyKind, kindName, kinds, numberKind } from "./kind.js";
import { formatPath } from "./label.js";
import { isNeverConcrete } from "./meaning.js";
import { binaryScalars, resultLength, unaryScalar } from "./operators.js";
import { callFunction, constrainBare, functionAt } from "./packages/call-function.js";
import { References } from "./references.js";
import { type Scalar, scalarOf, showScalar } from "./scalar.js";
import { constrainByEquality } from "./schema-constraints.js";
import { addBound, addFault, keepsBound, unifyScalar } from "./unify.js";
import { type Bound, type Code, type Conjunct, isWithin, scalarVertex, type Vertex, withCode } from "./vertex.js";
import {
  completeIn,
  couldBe,
  errorWithin,
  noteSelfReference,
  scalarIn,
  showValue,
  stopAtFault,
  stopAtWaiting,
  view,
} from "./view.js";

/** Works out expressions: operators, interpolations, slices, labels and patterns. What has no value throws a `Stop`. */
export class ExpressionEvaluator {
  readonly evaluator: Evaluator;
  readonly references: References;
  /** The regular expressions of the evaluation, by their patterns. */
  readonly #tests = new Map<string, (text: string) => boolean>();

  constructor(evaluator: Evaluator) {
    this.evaluator = evaluator;
    this.references = new References(evaluator, this);
  }

  /** Computes the expression of a conjunct, and unifies the vertex with what comes out. */
  unifyComputed(vertex: Vertex, conjunct: Conjunct): void {
    const { code } = conjunct;
    switch (code.kind) {
      case "unary":
        this.#unary(vertex, conjunct, code);
        return;
      case "binary":
        unifyScalar(vertex, this.#binary(vertex, conjunct, code));
        return;
      case "interpolation":
        unifyScalar(vertex, this.#interpolation(vertex, conjunct, code));
        return;
      case "slice":
        vertex.active.work.push({ ...conjunct, code: this.#slice(vertex, conjunct, code) });
        return;
      case "call": {
        const called = functionAt(this.evaluator, code.callee);
        const before = vertex.validators?.length;
        if (called === undefined) callBuiltin(this, vertex, conjunct, code);
        else callFunction(this, vertex, conjunct, called, code);
        // A constraint leaves it open which fields there are, and one that takes schemas sees to them itself.
        if (vertex.validators?.length !== before)
          note(vertex, conjunct.close, called?.fn.takesSchemas === false ? says.anything : says.anyFields);
        return;
      }
      case "selector": {
        const called = functionAt(this.evaluator, code);
        if (called !== undefined) constrainBare(this.evaluator, vertex, called, code);
        return;
      }
      default:
        throw new TypeError(`${code.kind} is not computed`);
    }
  }

  /** The value of an expression as a vertex: the target of a reference, otherwise one made for it. */
  evaluate(vertex: Vertex, conjunct: Conjunct, code: Code): Vertex {
    this.evaluator.budget.step(code.pos);
    if (code.kind === "paren") return this.evaluate(vertex, conjunct, code.expr);
    const isName = code.kind === "identifier" && !this.#isPredeclared(code);
    const isSelector = code.kind === "selector" && functionAt(this.evaluator, code) === undefined;
    if (isName || isSelector || code.kind === "index") {
      const target = this.references.target(vertex, withCode(conjunct, code));
      this.evaluator.expand(target);
      return target;
    }
    const scalar = code.kind === "literal" ? scalarOf(code) : undefined;
    if (scalar !== undefined && typeof scalar !== "string") {
      // Most operands: there is nothing to work out.
      this.evaluator.budget.claimNode(code.pos);
      return scalarVertex(scalar, vertex);
    }
    const made = this.evaluator.newVertex(vertex, undefined, code.pos);
    // A value by itself is not closed by what it stands in.
    made.inDefinition = false;
    const { env, label, trail, cycle } = conjunct;
    made.conjuncts.push({ env, code, label, defines: true, close: undefined, trail, cycle, choice: undefined });
    this.evaluator.expand(made);
    return made;
  }

  #isPredeclared(code: Identifier): boolean {
    const kind = this.evaluator.meanings.get(code)?.kind;
    return kind === "type" || kind === "builtin";
  }

  /** The value of an operand that has to be a scalar. */
  operand(vertex: Vertex, conjunct: Conjunct, operand: Expr, purpose: string): Scalar {
    const scalar = scalarIn(this.evaluator, vertex, this.evaluate(vertex, conjunct, operand), operand.pos);
    if (scalar !== undefined) return scalar;
    throw new Stop(errorAt(vertex, "type-mismatch", `a struct or list is no operand of ${purpose}`, operand.pos));
  }

  #unary(vertex: Vertex, conjunct: Conjunct, { op, operand, pos }: Unary): void {
    if (op === "*") {
      addFault(vertex, errorAt(vertex, "syntax", "a default mark '*' stands only before a disjunct", pos));
      return;
    }
    const value = this.evaluate(vertex, conjunct, operand);
    const wanted = op === "!" ? kinds.bool : op === "+" || op === "-" ? numberKind : anyKind;
    const shown = view(this.evaluator, value);
    if (!couldBe(shown, wanted)) {
      noteSelfReference(vertex, value, operand.pos);
      const detail = `invalid operation ${op}${showValue(shown)} (${op} ${kindName(shown.kinds)})`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, pos));
    }
    if (op === "!=" || op === "==") note(vertex, conjunct.close, says.anyFields);
    const scalar = this.#operandOf(vertex, value, operand, op);
    if (scalar === undefined) {
      if (op === "!=" || op === "==") {
        constrainByEquality(this, vertex, op, value, pos);
        return;
      }
      throw new Stop(errorAt(vertex, "type-mismatch", `a struct or list is no operand of ${op}`, operand.pos));
    }
    const result = this.unaryResult(vertex, { op, operand, pos }, scalar);
    if ("op" in result) addBound(vertex, result);
    else unifyScalar(vertex, result);
  }

  /** What an operator makes of a scalar: another one, or a bound. */
  unaryResult(
    vertex: Vertex,
    { op, operand, pos }: Pick<Unary, "operand" | "pos"> & { op: Exclude<Unary["op"], "*"> },
    scalar: Scalar,
  ): Scalar | Bound {
    if (op === "+" || op === "-" || op === "!") {
      const result = unaryScalar(op, scalar, pos);
      if (typeof result === "string") throw new Stop(errorAt(vertex, "type-mismatch", result, pos));
      return result;
    }
    if (op === "=~" || op === "!~") return { op, limit: scalar, pos, test: this.#regexp(vertex, scalar, operand.pos) };
    const ordered = scalar.type === "number" || scalar.type === "string" || scalar.type === "bytes";
    if (op !== "!=" && op !== "==" && !ordered) {
      const detail = `invalid bound ${op}${showScalar(scalar)}: only numbers, strings and bytes have an order`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, pos));
    }
    return { op, limit: scalar, pos };
  }

  #regexp(vertex: Vertex, pattern: Scalar, pos: SourcePos): (text: string) => boolean {
    if (pattern.type !== "string")
      throw new Stop(
        errorAt(vertex, "type-mismatch", `a regular expression is a string, not ${showScalar(pattern)}`, pos),
      );
    const known = this.#tests.get(pattern.value);
    if (known !== undefined) return known;
    const { budget } = this.evaluator;
    budget.claimRegexp(pattern.value.length, pos);
    const compiled = this.evaluator.library.compileRegexp?.(pattern.value);
    if (compiled === undefined)
      throw new Stop(this.evaluator.unsupported(vertex, "a regular expression, without its library,", pos));
    if (typeof compiled === "string")
      throw new Stop(errorAt(vertex, "invalid-regexp", `invalid regexp: ${compiled}`, pos));
    budget.claimRegexp(compiled.size, pos);
    const test = (text: string): boolean => {
      budget.claimMatch(compiled.size, text, pos);
      return compiled.test(text);
    };
    this.#tests.set(pattern.value, test);
    return test;
  }

  #binary(vertex: Vertex, conjunct: Conjunct, expr: Binary): Scalar {
    const { op, left, right, pos } = expr;
    if ((op === "==" || op === "!=") && (left.kind === "bottom" || right.kind === "bottom"))
      return this.#comparedToBottom(vertex, conjunct, expr, left.kind === "bottom" ? right : left);
    const values = [this.evaluate(vertex, conjunct, left), this.evaluate(vertex, conjunct, right)] as const;
    const a = this.#operandOf(vertex, values[0], left, op);
    const b = this.#operandOf(vertex, values[1], right, op);
    if (a === undefined || b === undefined) return this.#compositeBinary(vertex, expr, values, [a, b]);
    if (op === "&&" || op === "||") return this.#logical(vertex, expr, a, b);
    if (op === "=~" || op === "!~") {
      if (a.type !== "string")
        throw new Stop(
          errorAt(vertex, "type-mismatch", `cannot match ${showScalar(a)}: ${op} takes strings`, left.pos),
        );
      const test = this.#regexp(vertex, b, right.pos);
      return { type: "bool", value: test(a.value) === (op === "=~"), pos, secret: a.secret || b.secret };
    }
    this.evaluator.budget.claimText(resultLength(op, a, b), pos);
    const result = binaryScalars(op, a, b, pos);
    if (typeof result !== "string") return result;
    const related = result.startsWith("invalid operands") ? [right.pos, a.pos, b.pos] : [];
    throw new Stop(errorAt(vertex, "type-mismatch", result, pos, related));
  }

  #operandOf(vertex: Vertex, value: Vertex, expr: Expr, op: string): Scalar | undefined {
    if (isNeverConcrete(expr, this.evaluator.meanings)) {
      const detail = `invalid operand of ${op}: it takes a concrete value, not a type or bound`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, expr.pos));
    }
    try {
      const scalar = scalarIn(this.evaluator, vertex, value, expr.pos);
      const fault = scalar === undefined ? errorWithin(this.evaluator, value) : undefined;
      if (fault !== undefined) throw new Stop(fault);
      return scalar;
    } catch (stop) {
      if (!(stop instanceof Stop) || !stop.fault.detail.startsWith("non-concrete value")) throw stop;
      throw new Stop({ ...stop.fault, detail: `${stop.fault.detail} in operand to ${op}`, path: vertex.path });
    }
  }

  #compositeBinary(
    vertex: Vertex,
    { op, pos, right }: Binary,
    [left, other]: readonly [Vertex, Vertex],
    [a, b]: readonly [Scalar | undefined, Scalar | undefined],
  ): Scalar {
    if (op === "==" || op === "!=") {
      const equal = deepEqual(this, vertex, left, other, pos);
      return { type: "bool", value: equal === (op === "=="), pos, secret: false };
    }
    const show = (scalar: Scalar | undefined, value: Vertex): string =>
      scalar === undefined ? kindName(view(this.evaluator, value).kinds) : showScalar(scalar);
    const isList = [left, other].some((value) => view(this.evaluator, value).kinds === kinds.list);
    const hint = isList && (op === "+" || op === "*") ? `; use list.${op === "+" ? "Concat" : "Repeat"}` : "";
    const detail = `invalid operands ${show(a, left)} and ${show(b, other)} to '${op}'${hint}`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, pos, [right.pos]));
  }

  #logical(vertex: Vertex, { op, pos, left, right }: Binary, a: Scalar, b: Scalar): Scalar {
    const wrong = a.type !== "bool" ? ([a, left] as const) : ([b, right] as const);
    if (a.type !== "bool" || b.type !== "bool") {
      const detail = `cannot use ${showScalar(wrong[0])} as a boolean in ${op}`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, wrong[1].pos));
    }
    const value = op === "&&" ? a.value && b.value : a.value || b.value;
    return { type: "bool", value, pos, secret: a.secret || b.secret };
  }

  /** `x != _|_` asks whether x is there and concrete. */
  #comparedToBottom(vertex: Vertex, conjunct: Conjunct, { op, pos }: Binary, operand: Expr | Bottom): Scalar {
    const value = this.#exists(vertex, conjunct, operand) === (op === "!=");
    return { type: "bool", value, pos, secret: false };
  }

  #exists(vertex: Vertex, conjunct: Conjunct, operand: Expr): boolean {
    if (operand.kind === "bottom") return false;
    try {
      const base = view(this.evaluator, this.evaluate(vertex, conjunct, operand));
      if (isWithin(vertex, base) || this.#extendsOwn(vertex, conjunct, operand))
        throw new Stop(this.#selfDecided(vertex, base, operand.pos));
      if (base.state === "busy")
        throw new Stop({ ...this.#selfDecided(vertex, base, operand.pos), kind: "incomplete" });
      const fault = errorWithin(this.evaluator, base);
      if (fault?.kind === "incomplete" && !this.evaluator.isReleased(fault)) throw new Stop(fault);
      if (fault?.kind === "error" || base.waiting !== undefined) return false;
      if (base.scalar !== undefined || base.alternatives !== undefined || base.arcs !== undefined) return true;
      return base.kinds === kinds.struct || base.kinds === kinds.list || base.kinds === anyKind;
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      const { fault } = stop;
      if (fault.code === "cycle" || (fault.awaits !== undefined && !this.evaluator.isReleased(fault))) throw stop;
      if (fault.trial === conjunct.env.vertex) throw new Stop(this.#selfDecided(vertex, fault.trial, operand.pos));
      return false;
    }
  }

  /** Whether an expression unifies something with a struct that it stands in. */
  #extendsOwn(vertex: Vertex, conjunct: Conjunct, expr: Expr): boolean {
    if (expr.kind === "paren") return this.#extendsOwn(vertex, conjunct, expr.expr);
    if (expr.kind !== "binary" || expr.op !== "&") return false;
    return [expr.left, expr.right].some((side) => {
      const isReference = side.kind === "identifier" || side.kind === "selector" || side.kind === "index";
      return isReference
        ? isWithin(vertex, this.evaluate(vertex, conjunct, side))
        : this.#extendsOwn(vertex, conjunct, side);
    });
  }

  #selfDecided(vertex: Vertex, base: Vertex, pos: SourcePos): Fault {
    return errorAt(vertex, "cycle", `${formatPath(base.path)} depends on itself: the condition is in it`, pos);
  }

  #interpolation(vertex: Vertex, conjunct: Conjunct, { type, texts, exprs, pos }: Interpolation): Scalar {
    let secret = false;
    const [start = ""] = texts;
    const parts: string[] = [start];
    let open: Stop | undefined;
    for (const [index, expr] of exprs.entries()) {
      const scalar = this.#interpolated(vertex, conjunct, expr, pos);
      if (scalar instanceof Stop) {
        // An error in a later part counts more than what may still come.
        if (scalar.fault.kind === "error") throw scalar;
        open ??= scalar;
        continue;
      }
      secret ||= scalar.secret;
      if (scalar.type === "string" || scalar.type === "bytes")
        this.evaluator.budget.claimText(scalar.value.length, pos);
      parts.push(interpolationText(scalar, type), texts[index + 1] ?? "");
    }
    if (open !== undefined) throw open;
    const text = parts.join("");
    if (type === "string") return { type, value: text, pos, secret };
    return { type, value: Buffer.from(text, "latin1"), pos, secret };
  }

  #interpolated(vertex: Vertex, conjunct: Conjunct, expr: Expr, pos: SourcePos): Scalar | Stop {
    try {
      const value = this.evaluate(vertex, conjunct, expr);
      const scalar = scalarIn(this.evaluator, vertex, value, expr.pos);
      if (scalar !== undefined && scalar.type !== "null") return scalar;
      const shown = scalar === undefined ? kindName(view(this.evaluator, value).kinds) : showScalar(scalar);
      const detail = `invalid interpolation: cannot use ${shown} as a bool, string, bytes or number`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, pos, [expr.pos]));
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      if (!stop.fault.detail.startsWith("non-concrete value")) return stop;
      const detail = `invalid interpolation: ${stop.fault.detail}`;
      return new Stop({ ...stop.fault, detail, pos, path: vertex.path });
    }
  }

  #slice(vertex: Vertex, conjunct: Conjunct, { operand, low, high, pos }: Slice): Code {
    const list = completeIn(this.evaluator, vertex, this.evaluate(vertex, conjunct, operand), operand.pos);
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
      const scalar = this.operand(vertex, conjunct, expr, "a slice");
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

  /** The name that a computed label gives. */
  label(vertex: Vertex, conjunct: Conjunct, expr: Expr): string {
    const scalar = this.operand(vertex, conjunct, expr, "a label");
    if (scalar.type !== "string") {
      const detail = `a label is a string, not ${showScalar(scalar)}; put it into quotes, as in "\\(x)"`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, expr.pos));
    }
    if (scalar.secret) {
      const what =
        "a runtime value in the name of a field (only a cluster's name and group, since labels and messages show it)";
      throw new Stop(this.evaluator.unsupported(vertex, what, expr.pos));
    }
    return scalar.value;
  }

  /** Tells which names the pattern of `[pattern]: value` covers. */
  pattern(vertex: Vertex, conjunct: Conjunct, expr: Expr): (name: string) => boolean {
    if (expr.kind === "identifier" && expr.name === "string" && this.#isPredeclared(expr)) return () => true;
    const value = view(this.evaluator, this.evaluate(vertex, conjunct, expr));
    stopAtFault(value);
    stopAtWaiting(value);
    return (name) => this.#covers(value, { type: "string", value: name, pos: expr.pos, secret: false });
  }

  #covers(value: Vertex, name: Scalar & { type: "string" }): boolean {
    if (value.alternatives !== undefined)
      return value.alternatives.some(({ vertex }) => this.#covers(view(this.evaluator, vertex), name));
    if ((value.kinds & kinds.string) === 0) return false;
    if (value.scalar !== undefined) return value.scalar.type === "string" && value.scalar.value === name.value;
    if (!(value.bounds ?? []).every((bound: Bound) => keepsBound(bound, name))) return false;
    return (value.validators ?? []).every(({ check }) => check(scalarVertex(name)) === undefined);
  }

  /** A vertex that is a string. */
  text(value: string, pos: SourcePos): Vertex {
    return scalarVertex({ type: "string", value, pos, secret: false });
  }
}

function interpolationText(scalar: Scalar, type: "string" | "bytes"): string {
  if (scalar.type === "bytes")
    return type === "bytes" ? Buffer.from(scalar.value).toString("latin1") : decodeUtf8(scalar.value);
  const text =
    scalar.type === "number" ? formatDecimal(scalar.value) : scalar.type === "null" ? "null" : String(scalar.value);
  return type === "bytes" ? Buffer.from(text).toString("latin1") : text;
}
