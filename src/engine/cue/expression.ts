import { type SourcePos, suggest } from "../diagnostics/index.js";
import type {
  Binary,
  Bottom,
  Comprehension,
  Expr,
  Identifier,
  Index,
  Interpolation,
  Selector,
  Slice,
  Unary,
} from "./ast.js";
import { callBuiltin } from "./builtins.js";
import { takesMoreFields } from "./closedness.js";
import { formatDecimal, intDecimal, toBigInt } from "./decimal.js";
import { deepEqual } from "./deep-equal.js";
import type { Evaluator } from "./evaluator.js";
import { errorAt, incompleteAt, Stop, unsupported } from "./fault.js";
import { anyKind, kindName, kinds } from "./kind.js";
import { formatPath, isRegularKey, type Key, keyName, regularKey, staticKey } from "./label.js";
import { binaryScalars, resultLength, unaryScalar } from "./operators.js";
import type { Meaning, Meanings } from "./resolve.js";
import { type Scalar, showScalar } from "./scalar.js";
import { addBound, addFault, bytesText, keepsBound, unifyScalar } from "./unify.js";
import { type Bound, type Code, type Conjunct, type Env, presences, scalarVertex, type Vertex } from "./vertex.js";

/** Works out expressions: references, operators, calls and comprehension clauses. What has no value throws a `Stop`. */
export class ExpressionEvaluator {
  readonly evaluator: Evaluator;

  constructor(evaluator: Evaluator) {
    this.evaluator = evaluator;
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
      case "call":
        callBuiltin(this, vertex, conjunct, code);
        return;
      default:
        throw new TypeError(`${code.kind} is not computed`);
    }
  }

  /** The value of an expression as a vertex: the target of a reference, otherwise one made for it. */
  evaluate(vertex: Vertex, conjunct: Conjunct, code: Code): Vertex {
    this.evaluator.budget.step(code.pos);
    if (code.kind === "paren") return this.evaluate(vertex, conjunct, code.expr);
    const isName = code.kind === "identifier" && !this.#isPredeclared(code);
    if (isName || code.kind === "selector" || code.kind === "index") {
      const target = this.target(vertex, { ...conjunct, code });
      this.evaluator.expand(target);
      return target;
    }
    const made = this.evaluator.newVertex(vertex, undefined, code.pos);
    made.conjuncts.push({ ...conjunct, code, close: undefined, choice: undefined, defines: true });
    this.evaluator.expand(made);
    return made;
  }

  #isPredeclared(code: Identifier): boolean {
    const kind = this.evaluator.meanings.get(code)?.kind;
    return kind === "type" || kind === "builtin";
  }

  /** What a reference refers to. */
  target(vertex: Vertex, conjunct: Conjunct): Vertex {
    const { code } = conjunct;
    if (code.kind === "identifier") return this.#named(vertex, conjunct, code);
    if (code.kind === "selector") return this.#selected(vertex, conjunct, code);
    if (code.kind === "index") return this.#indexed(vertex, conjunct, code);
    throw new TypeError(`${code.kind} is no reference`);
  }

  #named(vertex: Vertex, conjunct: Conjunct, identifier: Identifier): Vertex {
    const { pos, name } = identifier;
    const meaning = this.evaluator.meanings.get(identifier);
    switch (meaning?.kind) {
      case "field":
        return this.#field(vertex, environment(conjunct.env, meaning.up).vertex, meaning.key, pos);
      case "dynamic-field": {
        const env = environment(conjunct.env, meaning.up);
        const label = this.label(vertex, { ...conjunct, env }, meaning.label);
        return this.#field(vertex, env.vertex, regularKey(label), pos);
      }
      case "let":
        return this.#let(environment(conjunct.env, meaning.up), meaning, conjunct);
      case "variable": {
        const value = environment(conjunct.env, meaning.up).variables?.find(([known]) => known === name)?.[1];
        if (value !== undefined) return value;
        break;
      }
      case "self":
        return environment(conjunct.env, meaning.up).vertex;
      case "builtin":
        throw new Stop(unsupported(vertex, `the function ${name} as a value`, pos));
      case "package":
        throw new Stop(errorAt(vertex, "syntax", `the package ${name} is no value: name something in it`, pos));
    }
    throw new Stop(errorAt(vertex, "reference-not-found", `reference "${name}" not found`, pos));
  }

  #let(env: Env, { decl }: Meaning & { kind: "let" }, conjunct: Conjunct): Vertex {
    const { lets } = env;
    const known = lets?.get(decl);
    if (known !== undefined) return known;
    const made = this.evaluator.newVertex(env.vertex, undefined, decl.pos);
    const { trail, cyclic } = conjunct;
    made.conjuncts.push({
      ...{ env, code: decl.value, label: decl.name.pos, defines: true, close: undefined, choice: undefined },
      ...{ trail, cyclic },
    });
    lets?.set(decl, made);
    return made;
  }

  #selected(vertex: Vertex, conjunct: Conjunct, { operand, name }: Selector): Vertex {
    const { meanings } = this.evaluator;
    const meaning = operand.kind === "identifier" ? meanings.get(operand) : undefined;
    if (meaning?.kind === "package") {
      const member = name.kind === "identifier" ? name.name : name.value;
      throw new Stop(unsupported(vertex, `${member} of the package ${JSON.stringify(meaning.path)}`, operand.pos));
    }
    const base = this.evaluate(vertex, conjunct, operand);
    return this.#field(vertex, base, staticKey(name) ?? "", name.pos, operand);
  }

  #indexed(vertex: Vertex, conjunct: Conjunct, { operand, index }: Index): Vertex {
    const base = this.evaluate(vertex, conjunct, operand);
    const at = this.scalar(vertex, this.evaluate(vertex, conjunct, index), index.pos);
    if (at?.secret) throw new Stop(errorAt(vertex, "unsupported", "a secret cannot be an index", index.pos));
    if (at?.type === "string") return this.#field(vertex, base, regularKey(at.value), index.pos, operand);
    const place = at?.type === "number" && at.value.isInt ? toBigInt(at.value) : undefined;
    if (place === undefined) {
      const shown = at === undefined ? "a struct or list" : showScalar(at);
      throw new Stop(
        errorAt(vertex, "type-mismatch", `invalid index ${shown}: an index is an integer or a string`, index.pos),
      );
    }
    const list = this.view(base);
    this.#stopAtFault(list);
    if (place < 0n) {
      const detail = `invalid index ${place} (index must be non-negative)`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, operand.pos, [index.pos]));
    }
    const item = list.items?.[Number(place)];
    if (item !== undefined) return item;
    this.#stopUnlessKnown(vertex, list, operand);
    if (list.kinds !== kinds.list) throw this.#notIndexable(vertex, list, operand);
    const detail = `index out of range [${place}] with length ${list.items?.length ?? 0}`;
    const isOpen = list.lists?.every((shape) => shape.isOpen) ?? false;
    if (isOpen)
      throw new Stop({ ...incompleteAt(vertex, detail, index.pos), code: "reference-not-found", isMissing: true });
    throw new Stop(errorAt(vertex, "reference-not-found", detail, index.pos));
  }

  /** A field of a vertex, which may still be worked out. */
  #field(vertex: Vertex, from: Vertex, key: Key, pos: SourcePos, operand?: Expr): Vertex {
    const base = this.view(from);
    const arc = base.arcs?.get(key);
    if (arc !== undefined && arc.presence === presences.regular) {
      if (base.expansion?.hasOpenTasks) this.evaluator.taint(base);
      return arc;
    }
    if (base.state === "busy") {
      this.evaluator.taint(base);
      throw new Stop({
        ...incompleteAt(vertex, `undefined field: ${formatPath([key])}`, pos),
        code: "reference-not-found",
      });
    }
    this.#stopAtFault(base);
    if (arc !== undefined) {
      const what = arc.presence === presences.required ? "required field that is not present" : "optional field";
      const detail = `cannot reference ${what}: ${formatPath([key])}`;
      throw new Stop({ ...incompleteAt(vertex, detail, pos), code: "reference-not-found", isMissing: true });
    }
    this.#stopUnlessKnown(vertex, base, operand ?? { pos });
    if (base.kinds !== kinds.struct && base.arcs === undefined)
      throw this.#notIndexable(vertex, base, operand ?? { pos });
    const near = suggest(keyName(key), regularNames(base));
    const detail = `undefined field: ${formatPath([key])}${near === undefined ? "" : `; did you mean ${near}?`}`;
    if (!takesMoreFields(base, key)) throw new Stop(errorAt(vertex, "reference-not-found", detail, pos));
    throw new Stop({ ...incompleteAt(vertex, detail, pos), code: "reference-not-found", isMissing: true });
  }

  #notIndexable(vertex: Vertex, base: Vertex, { pos }: { pos: SourcePos }): Stop {
    const shown = base.scalar === undefined ? "value" : showScalar(base.scalar);
    const detail = `invalid operand ${shown} (found ${kindName(base.kinds)}, want list or struct)`;
    return new Stop(errorAt(vertex, "type-mismatch", detail, pos));
  }

  /**
   * The vertex that counts: the disjunct that was left or is the default, and while disjuncts are tried, the one that is.
   * One that is still ambiguous or worked out is given as it is.
   */
  view(vertex: Vertex): Vertex {
    let at = vertex;
    for (;;) {
      this.evaluator.expand(at);
      if (at.expansion !== undefined) {
        if (at.expansion.current === undefined) return at;
        this.evaluator.taint(at);
        at = at.expansion.current;
      } else if (at.chosen !== undefined) at = at.chosen;
      else {
        const defaults = at.alternatives?.filter(({ mode }) => mode === "default");
        const [only] = defaults ?? [];
        if (only === undefined || defaults?.length !== 1) return at;
        at = only.vertex;
      }
    }
  }

  #stopAtFault(vertex: Vertex): void {
    const fault = vertex.faults?.find(({ kind }) => kind === "error");
    if (fault !== undefined) throw new Stop(fault);
  }

  #stopAtWaiting({ waiting }: Vertex): void {
    const [fault] = waiting ?? [];
    if (fault !== undefined) throw new Stop(fault);
  }

  /** Stops at a value that may still become anything. */
  #stopUnlessKnown(vertex: Vertex, base: Vertex, { pos }: { pos: SourcePos }): void {
    if (base.state === "busy") {
      this.evaluator.taint(base);
      throw new Stop(incompleteAt(vertex, `cycle with field: ${formatPath(base.path)}`, pos));
    }
    this.#stopAtWaiting(base);
    if (base.alternatives !== undefined) throw new Stop(incompleteAt(vertex, "unresolved disjunction", pos));
    const isKnown = base.scalar !== undefined || base.kinds === kinds.struct || base.kinds === kinds.list;
    if (!isKnown) {
      const at = base.pos === undefined ? [] : [base.pos];
      throw new Stop(incompleteAt(vertex, `non-concrete value ${kindName(base.kinds)}`, pos, at));
    }
  }

  /** The scalar that a value is; undefined for a struct or list without one. */
  scalar(vertex: Vertex, value: Vertex, pos: SourcePos): Scalar | undefined {
    const base = this.view(value);
    if (base.state !== "busy") {
      this.#stopAtFault(base);
      this.#stopAtWaiting(base);
    }
    if (base.scalar !== undefined) return base.scalar;
    this.#stopUnlessKnown(vertex, base, { pos });
    return undefined;
  }

  /** A struct or list, with all of its fields and items known. */
  complete(vertex: Vertex, value: Vertex, pos: SourcePos): Vertex {
    const base = this.view(value);
    this.#stopAtFault(base);
    this.#stopUnlessKnown(vertex, base, { pos });
    return base;
  }

  /** The value of an operand that has to be a scalar. */
  #operand(vertex: Vertex, conjunct: Conjunct, operand: Expr, purpose: string): Scalar {
    const scalar = this.scalar(vertex, this.evaluate(vertex, conjunct, operand), operand.pos);
    if (scalar !== undefined) return scalar;
    throw new Stop(errorAt(vertex, "type-mismatch", `a struct or list is no operand of ${purpose}`, operand.pos));
  }

  #unary(vertex: Vertex, conjunct: Conjunct, { op, operand, pos }: Unary): void {
    if (op === "*") {
      addFault(vertex, errorAt(vertex, "syntax", "a default mark '*' stands only before a disjunct", pos));
      return;
    }
    const value = this.evaluate(vertex, conjunct, operand);
    const scalar = this.#operandOf(vertex, value, operand, op);
    if (scalar === undefined)
      throw new Stop(errorAt(vertex, "type-mismatch", `a struct or list is no operand of ${op}`, operand.pos));
    if (op === "+" || op === "-" || op === "!") {
      const result = unaryScalar(op, scalar, pos);
      if (typeof result === "string") throw new Stop(errorAt(vertex, "type-mismatch", result, pos));
      unifyScalar(vertex, result);
      return;
    }
    if (op === "==") throw new Stop(unsupported(vertex, "the bound '=='", pos));
    if (op === "=~" || op === "!~") {
      const test = this.#regexp(vertex, scalar, operand.pos);
      addBound(vertex, { op, limit: scalar, pos, test });
      return;
    }
    const ordered = scalar.type === "number" || scalar.type === "string" || scalar.type === "bytes";
    if (op !== "!=" && !ordered) {
      const detail = `invalid bound ${op}${showScalar(scalar)}: only numbers, strings and bytes have an order`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, pos));
    }
    addBound(vertex, { op, limit: scalar, pos });
  }

  #regexp(vertex: Vertex, pattern: Scalar, pos: SourcePos): (text: string) => boolean {
    if (pattern.type !== "string")
      throw new Stop(
        errorAt(vertex, "type-mismatch", `a regular expression is a string, not ${showScalar(pattern)}`, pos),
      );
    const compiled = this.evaluator.library.compileRegexp?.(pattern.value);
    if (compiled === undefined) throw new Stop(unsupported(vertex, "a regular expression, without its library,", pos));
    if (typeof compiled === "string")
      throw new Stop(errorAt(vertex, "invalid-regexp", `invalid regexp: ${compiled}`, pos));
    return compiled.test;
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
      if (a.type !== "string" && a.type !== "bytes")
        throw new Stop(
          errorAt(vertex, "type-mismatch", `cannot match ${showScalar(a)}: ${op} takes strings`, left.pos),
        );
      const test = this.#regexp(vertex, b, right.pos);
      const matches = test(a.type === "string" ? a.value : bytesText(a.value));
      return { type: "bool", value: matches === (op === "=~"), pos, secret: a.secret || b.secret };
    }
    this.evaluator.budget.claimText(resultLength(op, a, b), pos);
    const result = binaryScalars(op, a, b, pos);
    if (typeof result !== "string") return result;
    const related = result.startsWith("invalid operands") ? [right.pos] : [];
    throw new Stop(errorAt(vertex, "type-mismatch", result, pos, related));
  }

  #operandOf(vertex: Vertex, value: Vertex, expr: Expr, op: string): Scalar | undefined {
    if (isNeverConcrete(expr, this.evaluator.meanings)) {
      const detail = `invalid operand of ${op}: it takes a concrete value, not a type or bound`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, expr.pos));
    }
    try {
      return this.scalar(vertex, value, expr.pos);
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
      const equal = a === undefined && b === undefined && deepEqual(this, vertex, left, other, pos);
      return { type: "bool", value: equal === (op === "=="), pos, secret: false };
    }
    const show = (scalar: Scalar | undefined, value: Vertex): string =>
      scalar === undefined ? kindName(this.view(value).kinds) : showScalar(scalar);
    const isList = [left, other].some((value) => this.view(value).kinds === kinds.list);
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
      const base = this.view(this.evaluate(vertex, conjunct, operand));
      if (base.faults?.some(({ kind }) => kind === "error")) return false;
      if (base.scalar !== undefined || base.alternatives !== undefined || base.arcs !== undefined) return true;
      if (base.state === "busy") this.evaluator.taint(base);
      if (base.waiting !== undefined) return false;
      return base.kinds === kinds.struct || base.kinds === kinds.list || base.kinds === anyKind;
    } catch (stop) {
      if (stop instanceof Stop) return false;
      throw stop;
    }
  }

  #interpolation(vertex: Vertex, conjunct: Conjunct, { type, texts, exprs, pos }: Interpolation): Scalar {
    let secret = false;
    const [start = ""] = texts;
    const parts: string[] = [start];
    for (const [index, expr] of exprs.entries()) {
      const scalar = this.#interpolated(vertex, conjunct, expr, pos);
      secret ||= scalar.secret;
      if (scalar.type === "string" || scalar.type === "bytes")
        this.evaluator.budget.claimText(scalar.value.length, pos);
      parts.push(interpolationText(scalar, type), texts[index + 1] ?? "");
    }
    const text = parts.join("");
    if (type === "string") return { type, value: text, pos, secret };
    return { type, value: Buffer.from(text, "latin1"), pos, secret };
  }

  #interpolated(vertex: Vertex, conjunct: Conjunct, expr: Expr, pos: SourcePos): Scalar {
    const value = this.evaluate(vertex, conjunct, expr);
    try {
      const scalar = this.scalar(vertex, value, expr.pos);
      if (scalar !== undefined && scalar.type !== "null") return scalar;
      const shown = scalar === undefined ? kindName(this.view(value).kinds) : showScalar(scalar);
      const detail = `invalid interpolation: cannot use ${shown} as a bool, string, bytes or number`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, pos, [expr.pos]));
    } catch (stop) {
      if (!(stop instanceof Stop) || !stop.fault.detail.startsWith("non-concrete value")) throw stop;
      const detail = `invalid interpolation: ${stop.fault.detail}`;
      throw new Stop({ ...stop.fault, detail, pos, path: vertex.path });
    }
  }

  #slice(vertex: Vertex, conjunct: Conjunct, { operand, low, high, pos }: Slice): Code {
    const list = this.complete(vertex, this.evaluate(vertex, conjunct, operand), operand.pos);
    if (list.kinds !== kinds.list) {
      const shown = list.scalar === undefined ? "a struct" : showScalar(list.scalar);
      throw new Stop(
        errorAt(vertex, "type-mismatch", `cannot slice ${shown} (type ${kindName(list.kinds)})`, operand.pos),
      );
    }
    const items = list.items ?? [];
    const bound = (expr: Expr | undefined, otherwise: number): number => {
      if (expr === undefined) return otherwise;
      const scalar = this.#operand(vertex, conjunct, expr, "a slice");
      const at = scalar.type === "number" && scalar.value.isInt ? Number(toBigInt(scalar.value)) : undefined;
      if (at !== undefined && at >= 0 && at <= items.length) return at;
      const detail = `slice bound ${showScalar(scalar)} is out of range: the list has ${items.length} items`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, expr.pos));
    };
    const [from, to] = [bound(low, 0), bound(high, items.length)];
    if (from > to) throw new Stop(errorAt(vertex, "type-mismatch", `invalid slice: ${from} > ${to}`, pos));
    return { kind: "values", vertices: items.slice(from, to), pos };
  }

  /** The name that a computed label gives. */
  label(vertex: Vertex, conjunct: Conjunct, expr: Expr): string {
    const scalar = this.#operand(vertex, conjunct, expr, "a label");
    if (scalar.type !== "string") {
      const detail = `a label is a string, not ${showScalar(scalar)}; put it into quotes, as in "\\(x)"`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, expr.pos));
    }
    if (scalar.secret)
      throw new Stop(errorAt(vertex, "unsupported", "a secret cannot be the name of a field", expr.pos));
    return scalar.value;
  }

  /** Tells which names the pattern of `[pattern]: value` covers. */
  pattern(vertex: Vertex, conjunct: Conjunct, expr: Expr): (name: string) => boolean {
    if (expr.kind === "identifier" && expr.name === "string" && this.#isPredeclared(expr)) return () => true;
    const value = this.view(this.evaluate(vertex, conjunct, expr));
    this.#stopAtFault(value);
    this.#stopAtWaiting(value);
    return (name) => this.#covers(value, { type: "string", value: name, pos: expr.pos, secret: false });
  }

  #covers(value: Vertex, name: Scalar & { type: "string" }): boolean {
    if (value.alternatives !== undefined)
      return value.alternatives.some(({ vertex }) => this.#covers(this.view(vertex), name));
    if ((value.kinds & kinds.string) === 0) return false;
    if (value.scalar !== undefined) return value.scalar.type === "string" && value.scalar.value === name.value;
    return (value.bounds ?? []).every((bound: Bound) => keepsBound(bound, name));
  }

  /** A vertex that is a string. */
  text(value: string, pos: SourcePos): Vertex {
    return scalarVertex({ type: "string", value, pos, secret: false });
  }

  /** The environments in which the body of a comprehension counts: one for each turn of its loops. */
  iterate(vertex: Vertex, conjunct: Conjunct, { clauses }: Comprehension): Env[] {
    const envs: Env[] = [];
    const visit = (index: number, scope: Conjunct): void => {
      const clause = clauses[index];
      if (clause === undefined) {
        this.evaluator.budget.claimNode(conjunct.code.pos);
        envs.push(scope.env);
        return;
      }
      this.evaluator.budget.step(clause.pos);
      const inner = (variables: NonNullable<Env["variables"]>, serial: number): Conjunct => {
        const { env } = scope;
        return { ...scope, env: { up: env, vertex: env.vertex, node: clause, serial, variables } };
      };
      if (clause.kind === "if") {
        const condition = this.#operand(vertex, scope, clause.condition, "if");
        if (condition.type !== "bool") {
          const detail = `cannot use ${showScalar(condition)} as a boolean: a condition is true or false`;
          throw new Stop(errorAt(vertex, "type-mismatch", detail, clause.pos, [condition.pos]));
        }
        if (condition.value) visit(index + 1, scope);
      } else if (clause.kind === "let") {
        const value = this.evaluator.newVertex(vertex, undefined, clause.pos);
        value.conjuncts.push({ ...scope, code: clause.value, close: undefined, choice: undefined, defines: true });
        visit(index + 1, inner([[clause.name.name, value]], 0));
      } else {
        const source = this.complete(vertex, this.evaluate(vertex, scope, clause.source), clause.source.pos);
        let serial = 0;
        for (const [key, value] of entries(source, clause.source.pos, vertex)) {
          const variables: [string, Vertex][] = [[clause.value.name, value]];
          if (clause.key !== undefined)
            variables.push([clause.key.name, scalarVertex({ ...key, pos: clause.key.pos })]);
          visit(index + 1, inner(variables, serial++));
        }
      }
    };
    visit(0, conjunct);
    return envs;
  }
}

/** What a loop goes over: the regular fields of a struct by name, the items of a list by index. */
function* entries(source: Vertex, pos: SourcePos, vertex: Vertex): Generator<[Scalar, Vertex]> {
  if (source.kinds === kinds.list) {
    for (const [index, item] of (source.items ?? []).entries())
      yield [{ type: "number", value: intDecimal(index), pos, secret: false }, item];
  } else if (source.kinds === kinds.struct) {
    for (const [key, arc] of source.arcs ?? []) {
      if (!isRegularKey(key) || arc.presence === presences.optional) continue;
      if (arc.presence === presences.required)
        throw new Stop(incompleteAt(vertex, `missing required field in for comprehension: ${formatPath([key])}`, pos));
      yield [{ type: "string", value: keyName(key), pos, secret: false }, arc];
    }
  } else {
    const shown = source.scalar === undefined ? kindName(source.kinds) : showScalar(source.scalar);
    const detail = `cannot range over ${shown} (found ${kindName(source.kinds)}, want list or struct)`;
    throw new Stop(errorAt(vertex, "type-mismatch", detail, pos));
  }
}

function* regularNames({ arcs }: Vertex): Generator<string> {
  for (const [key, { presence }] of arcs ?? [])
    if (isRegularKey(key) && presence === presences.regular) yield keyName(key);
}

/** A type or bound that stands there itself never becomes a value, as what a reference leads to may. */
function isNeverConcrete(expr: Expr, meanings: Meanings): boolean {
  if (expr.kind === "paren") return isNeverConcrete(expr.expr, meanings);
  if (expr.kind === "identifier") return meanings.get(expr)?.kind === "type";
  return expr.kind === "unary" && expr.op !== "+" && expr.op !== "-" && expr.op !== "!";
}

function interpolationText(scalar: Scalar, type: "string" | "bytes"): string {
  if (scalar.type === "bytes")
    return type === "bytes" ? Buffer.from(scalar.value).toString("latin1") : bytesText(scalar.value);
  const text =
    scalar.type === "number" ? formatDecimal(scalar.value) : scalar.type === "null" ? "null" : String(scalar.value);
  return type === "bytes" ? Buffer.from(text).toString("latin1") : text;
}

function environment(env: Env, up: number): Env {
  let at: Env | undefined = env;
  for (let i = 0; i < up; i++) at = at?.up;
  if (at === undefined) throw new TypeError("a name was resolved beyond the outermost scope");
  return at;
}
