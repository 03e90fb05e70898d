import { comparePos, formatPos, type SourcePos } from "./position.js";

/**
 * Base of every error that sheaf raises on purpose. Match on `code`, which stays; `message` is for people and may be
 * reworded. `places` are the places in the user's files that took part, the main one first (empty where no file is at fault).
 */
export abstract class SheafError extends Error {
  abstract readonly code: string;
  readonly places: readonly SourcePos[];

  constructor(message: string, places: readonly SourcePos[] = [], options?: ErrorOptions) {
    super(message, options);
    this.places = places;
  }
}

/**
 * A fault in a text that a user wrote (CUE, YAML, JSON, a template, a schema). The message starts with the place.
 *
 * @example
 * ```ts
 * throw new SourceError("unterminated-string", "the string never ends; add a closing \"", pos);
 * ```
 */
export class SourceError extends SheafError {
  override readonly name = "SourceError";
  readonly code: string;
  /** The message without its place. */
  readonly detail: string;

  constructor(code: string, detail: string, pos: SourcePos, related: readonly SourcePos[] = []) {
    super(`${formatPos(pos)}: ${detail}`, [pos, ...related]);
    this.code = code;
    this.detail = detail;
  }

  get pos(): SourcePos {
    const [first] = this.places;
    if (first === undefined) throw new TypeError("a SourceError always has a place");
    return first;
  }
}

/** Several faults found in one pass, sorted by place. `message` is the list of their messages, one a line. */
export class FaultsError extends AggregateError {
  override readonly name = "FaultsError";
  declare readonly errors: SheafError[];

  constructor(errors: readonly SheafError[]) {
    const sorted = [...errors].sort((a, b) => {
      const [x, y] = [a.places[0], b.places[0]];
      return x === undefined || y === undefined ? Number(x !== undefined) - Number(y !== undefined) : comparePos(x, y);
    });
    super(sorted, sorted.map((e) => e.message).join("\n"));
  }
}

/** Throws nothing for no faults, the fault itself for one, a {@link FaultsError} for several. */
export function throwFaults(errors: readonly SheafError[]): void {
  const [first] = errors;
  if (first === undefined) return;
  throw errors.length === 1 ? first : new FaultsError(errors);
}
