import type { SourcePos } from "../diagnostics/index.js";
import { LimitExceeded } from "./fault.js";

/** Bounds of one evaluation; what goes beyond ends it with the error "limit-exceeded". */
export type Limits = Readonly<{
  /** Values made, fields and list items alike. */
  maxNodes: number;
  /** Conjuncts processed and expressions computed. */
  maxSteps: number;
  /** Characters and bytes of all strings that are computed, and of those that functions read. */
  maxText: number;
  /** Values that need each other in a chain, and nesting of data. */
  maxDepth: number;
}>;

/** The bounds for files with so many fields and items: large files may make large values, small ones may not. */
export function limitsFor(size: number): Limits {
  return {
    maxNodes: 100_000 + 20 * size,
    maxSteps: 500_000 + 100 * size,
    maxText: 10_000_000 + 1000 * size,
    maxDepth: 500,
  };
}

/** Counts what an evaluation takes, and ends it where that is too much. */
export class Budget {
  readonly maxDepth: number;
  readonly #limits: Limits;
  #nodes = 0;
  #steps = 0;
  #text = 0;
  #depth = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.maxDepth = limits.maxDepth;
  }

  /** Counts a value that is about to be made. */
  claimNode(pos: SourcePos): void {
    if (++this.#nodes > this.#limits.maxNodes)
      throw new LimitExceeded(`the value has more than ${this.#limits.maxNodes} fields and items`, pos);
  }

  /** Counts values that are about to be made. */
  claimNodes(count: number, pos: SourcePos): void {
    this.#nodes += Math.max(0, count - 1);
    this.claimNode(pos);
  }

  step(pos: SourcePos): void {
    if (++this.#steps > this.#limits.maxSteps)
      throw new LimitExceeded(`the evaluation takes more than ${this.#limits.maxSteps} steps`, pos);
  }

  /** Counts the text that an operation is about to make, or work that takes as long as to make so much. */
  claimText(length: number, pos: SourcePos): void {
    this.#text += length;
    if (this.#text > this.#limits.maxText)
      throw new LimitExceeded(
        `the computed strings, and what is read in them, come to more than ${this.#limits.maxText} characters`,
        pos,
      );
  }

  /** Counts a regular expression by its characters or instructions: to compile one takes as long as making much text. */
  claimRegexp(size: number, pos: SourcePos): void {
    this.claimText(100 * size, pos);
  }

  /** Counts a match: a character may have to be looked at in as many states as there are instructions. */
  claimMatch(size: number, text: string, pos: SourcePos): void {
    this.claimText(Math.ceil(size / 5) * text.length, pos);
  }

  /** Reads on into a vertex, as deep as the limit lets. */
  nested<T>(pos: SourcePos, read: () => T): T {
    if (++this.#depth > this.maxDepth) throw this.tooDeep(pos);
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }

  tooDeep(pos: SourcePos): LimitExceeded {
    return new LimitExceeded(`values need each other or nest over more than ${this.maxDepth} levels`, pos);
  }
}
