import { formatPos, SheafError, type SourcePos } from "../diagnostics/index.js";

/**
 * A template met values that it cannot render. The message names the place in the template and the path at fault, never
 * a value: it may be a secret.
 */
export class TemplateError extends SheafError {
  override readonly name = "TemplateError";
  readonly code: TemplateErrorCode;

  constructor(code: TemplateErrorCode, detail: string, pos: SourcePos) {
    super(`${formatPos(pos)}: ${detail}`, [pos]);
    this.code = code;
  }
}

export type TemplateErrorCode = "undefined-value" | "wrong-type" | "duplicate-key" | "limit-exceeded";
