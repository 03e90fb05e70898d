import { formatPos, SheafError, type SourcePos } from "../diagnostics/index.js";

/**
 * A template met values that it cannot render. The message names the place in the template and the path at fault, never
 * a value: it may be a secret.
 */
export class TemplateError extends SheafError {
  override readonly name = "TemplateError";
  readonly code: TemplateErrorCode;
  readonly #detail: string;
  readonly #pos: SourcePos;

  /** @param users Where the partial is used in which it happened, and where that partial is, and so on */
  constructor(code: TemplateErrorCode, detail: string, pos: SourcePos, users: readonly SourcePos[] = []) {
    super(`${formatPos(pos)}: ${detail}${users.map((user) => `, used at ${formatPos(user)}`).join("")}`, [
      pos,
      ...users,
    ]);
    this.code = code;
    this.#detail = detail;
    this.#pos = pos;
  }

  /** The same of a partial that is used somewhere. */
  usedAt(user: SourcePos): TemplateError {
    return new TemplateError(this.code, this.#detail, this.#pos, [...this.places.slice(1), user]);
  }
}

export type TemplateErrorCode =
  | "undefined-value"
  | "wrong-type"
  | "duplicate-key"
  | "unknown-partial"
  | "limit-exceeded";
