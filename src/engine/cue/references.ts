import { type SourcePos, suggest } from "../diagnostics/index.js";
import type { Expr, Identifier, Index, Selector } from "./ast.js";
import { takesMoreFields } from "./closedness.js";
import { computedLabel } from "./computed-label.js";
import { toBigInt } from "./decimal.js";
import type { Evaluator } from "./evaluator.js";
import type { ExpressionEvaluator } from "./expression.js";
import { errorAt, incompleteAt, Stop } from "./fault.js";
import { kindName, kinds } from "./kind.js";
import { formatPath, isRegularKey, type Key, keyName, regularKey, staticKey } from "./label.js";
import type { Meaning } from "./meaning.js";
import { masked, showScalar } from "./scalar.js";
import { type Conjunct, type Env, presences, type Vertex } from "./vertex.js";
import { couldBe, scalarIn, stopAtFault, stopUnlessKnown, view } from "./view.js";

/** Finds what references refer to. Where nothing is, or nothing yet, a `Stop` says so. */
export class References {
  readonly #evaluator: Evaluator;
  readonly #expressions: ExpressionEvaluator;

  constructor(evaluator: Evaluator, expressions: ExpressionEvaluator) {
    this.#evaluator = evaluator;
    this.#expressions = expressions;
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
    const meaning = this.#evaluator.meanings.get(identifier);
    switch (meaning?.kind) {
      case "field":
        return this.#field(vertex, environment(conjunct.env, meaning.up).vertex, meaning.key, pos);
      case "dynamic-field": {
        const env = environment(conjunct.env, meaning.up);
        const label = computedLabel(this.#expressions, vertex, { ...conjunct, env }, meaning.label);
        return this.#field(vertex, env.vertex, regularKey(label), pos);
      }
      case "let":
        return this.#let(vertex, environment(conjunct.env, meaning.up), meaning, conjunct);
      case "variable": {
        const value = environment(conjunct.env, meaning.up).variables?.find(([known]) => known === name)?.[1];
        if (value !== undefined) return value;
        break;
      }
      case "self":
        return environment(conjunct.env, meaning.up).vertex;
      case "builtin":
        throw new Stop(this.#evaluator.unsupported(vertex, `the function ${name} as a value`, pos));
      case "package":
        if (this.#evaluator.isLocalPackage(meaning.path)) return this.#evaluator.packageRoot(meaning.path);
        throw new Stop(errorAt(vertex, "syntax", `the package ${name} is no value: name something in it`, pos));
    }
    throw new Stop(errorAt(vertex, "reference-not-found", `reference "${name}" not found`, pos));
  }

  #let(vertex: Vertex, env: Env, { decl }: Meaning & { kind: "let" }, conjunct: Conjunct): Vertex {
    const { lets } = env;
    const known = lets?.get(decl);
    if (known !== undefined) return known;
    // Another name of a value is this value.
    if (this.#isReference(decl.value)) return this.target(vertex, { ...conjunct, env, code: decl.value });
    const made = this.#evaluator.newVertex(env.vertex, undefined, decl.pos);
    const { trail, cycle } = conjunct;
    made.conjuncts.push({
      ...{ env, code: decl.value, label: decl.name.pos, defines: true, close: undefined, choice: undefined },
      ...{ trail, cycle },
    });
    lets?.set(decl, made);
    return made;
  }

  #isReference(expr: Expr): boolean {
    if (expr.kind === "selector" || expr.kind === "index") return this.#isReference(expr.operand);
    const meaning = expr.kind === "identifier" ? this.#evaluator.meanings.get(expr) : undefined;
    return meaning !== undefined && "up" in meaning;
  }

  #selected(vertex: Vertex, conjunct: Conjunct, { operand, name }: Selector): Vertex {
    const { meanings } = this.#evaluator;
    const meaning = operand.kind === "identifier" ? meanings.get(operand) : undefined;
    if (meaning?.kind === "package") {
      const root = this.#evaluator.packageRoot(meaning.path);
      return this.#field(vertex, root, staticKey(name) ?? "", name.pos, operand);
    }
    const base = this.#expressions.evaluate(vertex, conjunct, operand);
    return this.#field(vertex, base, staticKey(name) ?? "", name.pos, operand);
  }

  #indexed(vertex: Vertex, conjunct: Conjunct, { operand, index }: Index): Vertex {
    const base = this.#expressions.evaluate(vertex, conjunct, operand);
    const at = scalarIn(this.#evaluator, vertex, this.#expressions.evaluate(vertex, conjunct, index), index.pos);
    if (at?.type === "string") return this.#field(vertex, base, regularKey(at.value), index.pos, operand, at.secret);
    const place = at?.type === "number" && at.value.isInt ? toBigInt(at.value) : undefined;
    if (place === undefined) {
      const shown = at === undefined ? "a struct or list" : showScalar(at);
      throw new Stop(
        errorAt(vertex, "type-mismatch", `invalid index ${shown}: an index is an integer or a string`, index.pos),
      );
    }
    const list = view(this.#evaluator, base);
    stopAtFault(list);
    const number = at?.secret ? masked : place;
    if (place < 0n) {
      const detail = `invalid index ${number} (index must be non-negative)`;
      throw new Stop(errorAt(vertex, "type-mismatch", detail, operand.pos, [index.pos]));
    }
    const item = list.items?.[Number(place)];
    if (item !== undefined) return item;
    if (!couldBe(list, kinds.struct | kinds.list)) throw this.#notIndexable(vertex, list, operand);
    stopUnlessKnown(this.#evaluator, vertex, list, operand);
    if (list.kinds !== kinds.list) throw this.#notIndexable(vertex, list, operand);
    const detail = `index out of range [${number}] with length ${list.items?.length ?? 0}`;
    const isOpen = list.lists?.every((shape) => shape.isOpen) ?? false;
    if (isOpen)
      throw new Stop({ ...incompleteAt(vertex, detail, index.pos), code: "reference-not-found", missingIn: list });
    throw new Stop(errorAt(vertex, "reference-not-found", detail, index.pos));
  }

  /** A field of a vertex, which may still be worked out; `isSecret` tells that its name is. */
  #field(vertex: Vertex, from: Vertex, key: Key, pos: SourcePos, operand?: Expr, isSecret = false): Vertex {
    const base = view(this.#evaluator, from);
    const arc = base.arcs?.get(key);
    if (arc !== undefined && arc.presence === presences.regular) {
      if (base.expansion?.hasOpenTasks) this.#evaluator.taint(base);
      return arc;
    }
    this.#evaluator.noteRead(base, { absent: key });
    const isTried = from.expansion?.current !== undefined && arc === undefined;
    if (base.state === "busy" || isTried) {
      this.#evaluator.taint(from.state === "busy" ? from : base);
      throw new Stop({
        ...incompleteAt(vertex, `undefined field: ${nameOf(key, isSecret)}`, pos),
        code: "reference-not-found",
        ...(base.state === "busy" && this.#evaluator.awaits(base, key) ? { awaits: base } : {}),
        ...(isTried ? { trial: base } : {}),
      });
    }
    stopAtFault(base);
    if (arc !== undefined) {
      const what = arc.presence === presences.required ? "required field that is not present" : "optional field";
      const detail = `cannot reference ${what}: ${nameOf(key, isSecret)}`;
      throw new Stop({ ...incompleteAt(vertex, detail, pos), code: "reference-not-found", missingIn: base });
    }
    if (!couldBe(base, kinds.struct | kinds.list)) throw this.#notIndexable(vertex, base, operand ?? { pos });
    stopUnlessKnown(this.#evaluator, vertex, base, operand ?? { pos });
    if (base.kinds !== kinds.struct && base.arcs === undefined)
      throw this.#notIndexable(vertex, base, operand ?? { pos });
    const near = (): string | undefined => (isSecret ? undefined : suggest(keyName(key), regularNames(base)));
    const detail = `undefined field: ${nameOf(key, isSecret)}`;
    if (!takesMoreFields(base, key) && !isAhead(base, vertex))
      throw new Stop({ ...errorAt(vertex, "reference-not-found", detail, pos), near });
    throw new Stop({ ...incompleteAt(vertex, detail, pos), code: "reference-not-found", missingIn: base, near });
  }

  #notIndexable(vertex: Vertex, base: Vertex, { pos }: { pos: SourcePos }): Stop {
    const shown = base.scalar === undefined ? "value" : showScalar(base.scalar);
    let detail = `invalid operand ${shown} (found ${kindName(base.kinds)}, want list or struct)`;
    if (base.kinds === kinds.struct) detail = 'a struct has no item of a number: its fields have names, as in ["name"]';
    if (base.kinds === kinds.list) detail = "a list has no field of a name: its items have numbers, as in [0]";
    return new Stop(errorAt(vertex, "type-mismatch", detail, pos));
  }
}

/** A name that came from a secret stands in no message. */
function nameOf(key: Key, isSecret: boolean): string {
  return isSecret ? masked : formatPath([key]);
}

/** The environment so many levels above another one. */
export function environment(env: Env, up: number): Env {
  let at: Env | undefined = env;
  for (let i = 0; i < up; i++) at = at?.up;
  if (at === undefined) throw new TypeError("a name was resolved beyond the outermost scope");
  return at;
}

/**
 * Whether a definition stands in a field of the file that comes behind the one that asks: that it is closed is only known
 * then. The file's own conditions and loops come before all of its fields.
 */
function isAhead(base: Vertex, asking: Vertex): boolean {
  if (!base.inDefinition || base.choices !== undefined || base.closeNodes?.some(({ isShallow }) => isShallow))
    return false;
  const [target, from] = [topField(base), topField(asking)];
  const { parent } = target;
  if (parent === undefined || from.parent !== parent) return false;
  if (parent.expansion !== undefined) return true;
  for (const key of parent.arcs?.keys() ?? [])
    if (key === target.label || key === from.label) return key !== target.label;
  return false;
}

function topField(vertex: Vertex): Vertex {
  let at = vertex;
  while (at.parent?.parent !== undefined) at = at.parent;
  return at;
}

function* regularNames({ arcs }: Vertex): Generator<string> {
  for (const [key, { presence }] of arcs ?? [])
    if (isRegularKey(key) && presence === presences.regular) yield keyName(key);
}
