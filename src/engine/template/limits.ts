import { Buffer } from "node:buffer";

/** What one rendering may make. What a template does with values is bounded by counting, so that no module can exhaust memory. */
export type TemplateLimits = Readonly<{
  /** Documents. */
  documents: number;
  /** Values (maps, lists and scalars) that come out, and turns of `#each`. */
  nodes: number;
  /** Bytes of UTF-8 in all strings and keys. */
  textBytes: number;
  /** Maps and lists inside each other. */
  depth: number;
}>;

export const defaultLimits: TemplateLimits = {
  documents: 10_000,
  nodes: 1_000_000,
  textBytes: 64 * 1024 * 1024,
  depth: 200,
};

/** A bound that was passed; `bound` names it and its size. */
export class LimitReached extends Error {
  readonly bound: string;

  constructor(bound: string) {
    super(bound);
    this.bound = bound;
  }
}

/** Counts what a rendering makes. */
export class Budget {
  readonly #limits: TemplateLimits;
  #documents = 0;
  #nodes = 0;
  #textBytes = 0;

  constructor(limits: TemplateLimits) {
    this.#limits = limits;
  }

  document(): void {
    if (++this.#documents > this.#limits.documents) throw new LimitReached(`${this.#limits.documents} documents`);
  }

  node(depth: number): void {
    if (++this.#nodes > this.#limits.nodes) throw new LimitReached(`${this.#limits.nodes} values`);
    if (depth > this.#limits.depth) throw new LimitReached(`${this.#limits.depth} maps and lists inside each other`);
  }

  text(text: string): void {
    this.#textBytes += Buffer.byteLength(text);
    if (this.#textBytes > this.#limits.textBytes) throw new LimitReached(`${this.#limits.textBytes} bytes of text`);
  }
}
