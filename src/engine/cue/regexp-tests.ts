import type { SourcePos } from "../diagnostics/index.js";
import type { Evaluator } from "./evaluator.js";
import { errorAt, Stop } from "./fault.js";
import { type Scalar, showScalar } from "./scalar.js";
import type { Vertex } from "./vertex.js";

/** The regular expressions of an evaluation, each compiled once. */
export class RegexpTests {
  readonly #evaluator: Evaluator;
  readonly #tests = new Map<string, (text: string) => boolean>();

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  /** The test of a pattern: whether a text has a match. */
  test(vertex: Vertex, pattern: Scalar, pos: SourcePos): (text: string) => boolean {
    if (pattern.type !== "string")
      throw new Stop(
        errorAt(vertex, "type-mismatch", `a regular expression is a string, not ${showScalar(pattern)}`, pos),
      );
    const known = this.#tests.get(pattern.value);
    if (known !== undefined) return known;
    const { budget } = this.#evaluator;
    budget.claimRegexp(pattern.value.length, pos);
    const compiled = this.#evaluator.library.compileRegexp?.(pattern.value);
    if (compiled === undefined)
      throw new Stop(this.#evaluator.unsupported(vertex, "a regular expression, without its library,", pos));
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
}
