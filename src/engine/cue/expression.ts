import type { Identifier } from "./ast.js";
import { binaryResult } from "./binary.js";
import { callBuiltin } from "./builtins.js";
import { note, says } from "./closedness.js";
import type { Evaluator } from "./evaluator.js";
import { interpolate } from "./interpolation.js";
import { callFunction, constrainBare, functionAt } from "./packages/call-function.js";
import { References } from "./references.js";
import { RegexpTests } from "./regexp-tests.js";
import { scalarOf } from "./scalar.js";
import { slice } from "./slice.js";
import { unifyUnary } from "./unary.js";
import { unifyScalar } from "./unify.js";
import { type Code, type Conjunct, scalarVertex, type Vertex, withCode } from "./vertex.js";

/** Works out expressions by their kinds. What has no value throws a `Stop`. */
export class ExpressionEvaluator {
  readonly evaluator: Evaluator;
  readonly references: References;
  readonly regexps: RegexpTests;

  constructor(evaluator: Evaluator) {
    this.evaluator = evaluator;
    this.references = new References(evaluator, this);
    this.regexps = new RegexpTests(evaluator);
  }

  /** Computes the expression of a conjunct, and unifies the vertex with what comes out. */
  unifyComputed(vertex: Vertex, conjunct: Conjunct): void {
    const { code } = conjunct;
    switch (code.kind) {
      case "unary":
        unifyUnary(this, vertex, conjunct, code);
        return;
      case "binary":
        unifyScalar(vertex, binaryResult(this, vertex, conjunct, code));
        return;
      case "interpolation":
        unifyScalar(vertex, interpolate(this, vertex, conjunct, code));
        return;
      case "slice":
        vertex.active.work.push({ ...conjunct, code: slice(this, vertex, conjunct, code) });
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
}
