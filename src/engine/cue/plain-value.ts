import type { SourcePos } from "../diagnostics/index.js";
import type { Expr, Unary } from "./ast.js";
import { disjuncts } from "./disjunction.js";
import type { Evaluator } from "./evaluator.js";
import { Stop } from "./fault.js";
import { type BasicType, basicTypes } from "./kind.js";
import { type Scalar, sameScalar, scalarOf } from "./scalar.js";
import { unaryResult } from "./unary.js";
import { acceptsBound, acceptsType, addBound, unifyScalar, unifyType } from "./unify.js";
import { append, type Bound, type Code, scalarVertex, type Vertex } from "./vertex.js";

type NamedType = Readonly<{ name: string; basic: BasicType; pos: SourcePos }>;
/** What operators say of scalars and types: all of it holds. */
type Operation = Readonly<{
  given: (Scalar | NamedType)[];
  /** What unary operators make; it counts behind what is given. */
  computed: (Scalar | Bound)[];
  disjunctions: (readonly Operation[])[];
}>;

/**
 * The straight way to what most fields are: a scalar, a type, a default, or a scalar in the place of a default. What names
 * no field depends on nothing else, so an expression is read once, and all vertices that have only the same disjunction
 * share its alternatives.
 */
export class PlainValues {
  readonly #evaluator: Evaluator;
  readonly #operations = new Map<Expr, Operation | undefined>();
  /** Vertices that took the long way, by their only conjunct. */
  readonly #examples = new Map<Code, Vertex>();

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  /** Works out a vertex; false where it has to take the long way, from the start. */
  expand(vertex: Vertex): boolean {
    // An alternative chooses among the disjuncts.
    if (vertex.choices !== undefined || vertex.conjuncts.length === 0) return false;
    if (this.#copyExample(vertex)) return true;
    const given: (Scalar | NamedType)[] = [];
    let operations: Operation[] | undefined;
    for (const { code } of vertex.conjuncts) {
      const value = this.#read(vertex, code);
      if (value === undefined) return false;
      if ("given" in value) {
        given.push(...value.given);
        operations = append(operations, value);
      } else given.push(value);
    }
    for (const { code } of vertex.conjuncts) this.#evaluator.budget.step(code.pos);
    vertex.reset();
    for (const each of given) unify(vertex, each);
    if (operations?.some(({ disjunctions }) => disjunctions.length > 0)) {
      const { scalar, pos } = vertex;
      // A scalar that every disjunction has room for is what is left of them.
      if (vertex.faults !== undefined || scalar === undefined) return false;
      if (!operations.every((each) => accepts(each, scalar))) return false;
      vertex.reset();
      vertex.pos = pos;
      vertex.chosen = scalarVertex(scalar, vertex.parent, vertex.label);
    } else for (const { computed } of operations ?? []) for (const each of computed) unify(vertex, each);
    vertex.state = "done";
    return true;
  }

  /** Keeps the alternatives that a vertex came to. */
  keep(vertex: Vertex): void {
    const [conjunct, other] = vertex.conjuncts;
    if (conjunct === undefined || other !== undefined || vertex.choices !== undefined) return;
    const isWhole = vertex.faults === undefined && vertex.waiting === undefined;
    if (isWhole && conjunct.code.kind === "binary" && this.#operations.get(conjunct.code) !== undefined)
      this.#examples.set(conjunct.code, vertex);
  }

  #copyExample(vertex: Vertex): boolean {
    const [conjunct, other] = vertex.conjuncts;
    const example = conjunct === undefined || other !== undefined ? undefined : this.#examples.get(conjunct.code);
    // A conjunct that came later has made it another value.
    if (conjunct === undefined || example?.state !== "done" || example.conjuncts.length > 1) return false;
    this.#evaluator.budget.step(conjunct.code.pos);
    vertex.reset();
    vertex.pos = example.pos;
    vertex.chosen = example.chosen;
    vertex.chosenMode = example.chosenMode;
    vertex.alternatives = example.alternatives;
    vertex.state = "done";
    return true;
  }

  /** What an expression says; undefined where that is nothing plain. */
  #read(vertex: Vertex, code: Code): Scalar | NamedType | Operation | undefined {
    switch (code.kind) {
      case "literal": {
        const scalar = scalarOf(code);
        return typeof scalar === "string" ? undefined : scalar;
      }
      case "identifier": {
        const { name, pos } = code;
        const isType = name !== "_" && this.#evaluator.meanings.get(code)?.kind === "type";
        const basic = isType ? basicTypes.get(name) : undefined;
        return basic && { name, basic, pos };
      }
      case "paren":
      case "unary":
      case "binary": {
        if (!this.#operations.has(code)) this.#operations.set(code, this.#operation(vertex, code));
        return this.#operations.get(code);
      }
      default:
        return undefined;
    }
  }

  #operation(vertex: Vertex, code: Code): Operation | undefined {
    const operation: Operation = { given: [], computed: [], disjunctions: [] };
    const open = [code];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at.kind === "paren") open.push(at.expr);
      else if (at.kind === "binary" && at.op === "&") open.push(at.right, at.left);
      else if (at.kind === "binary" && at.op === "|") {
        const all = disjuncts(at).map((disjunct) => this.#operation(vertex, disjunct.code));
        const known = all.filter((each) => each !== undefined);
        if (known.length < all.length || known.some(hasSecret)) return undefined;
        operation.disjunctions.push(known);
      } else if (at.kind === "unary") {
        const result = this.#computed(vertex, at);
        if (result === undefined) return undefined;
        operation.computed.push(result);
      } else {
        const value = at.kind === "binary" ? undefined : this.#read(vertex, at);
        if (value === undefined || "given" in value) return undefined;
        operation.given.push(value);
      }
    }
    return operation;
  }

  #computed(vertex: Vertex, { op, operand, pos }: Unary): Scalar | Bound | undefined {
    const scalar = operand.kind === "literal" ? scalarOf(operand) : undefined;
    if (scalar === undefined || typeof scalar === "string" || scalar.secret || op === "*") return undefined;
    try {
      return unaryResult(this.#evaluator.expressions, vertex, { op, operand, pos }, scalar);
    } catch (stop) {
      if (stop instanceof Stop) return undefined;
      throw stop;
    }
  }
}

function unify(vertex: Vertex, value: Scalar | NamedType | Bound): void {
  if ("basic" in value) unifyType(vertex, value.name, value.basic, value.pos);
  else if ("op" in value) addBound(vertex, value);
  else unifyScalar(vertex, value);
}

function accepts({ given, computed, disjunctions }: Operation, scalar: Scalar): boolean {
  const fits = (value: Scalar | NamedType | Bound): boolean => {
    if ("basic" in value) return acceptsType(value.basic, scalar);
    return "op" in value ? acceptsBound(value, scalar) : sameScalar(value, scalar);
  };
  if (!given.every(fits) || !computed.every(fits)) return false;
  return disjunctions.every((all) => all.some((each) => accepts(each, scalar)));
}

/** Which of two equal scalars is a secret one matters. */
function hasSecret({ given }: Operation): boolean {
  return given.some((value) => "secret" in value && value.secret);
}
