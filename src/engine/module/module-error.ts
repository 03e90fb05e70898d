import { formatPos, SheafError, type SourcePos } from "../diagnostics/index.js";

/** Something in a module's files, or in what they render, is not as a module needs it. */
export class ModuleError extends SheafError {
  override readonly name = "ModuleError";
  readonly code: ModuleErrorCode;
  /** The message without its place. */
  readonly detail: string;

  constructor(
    code: ModuleErrorCode,
    detail: string,
    pos?: SourcePos,
    related: readonly SourcePos[] = [],
    options?: ErrorOptions,
  ) {
    const places = pos === undefined ? [] : [pos, ...related];
    super(pos === undefined ? detail : `${formatPos(pos)}: ${detail}`, places, options);
    this.code = code;
    this.detail = detail;
  }
}

/** A fault of a module that is rendered inside of another, with the place of the instance there. */
export class InnerModuleError extends SheafError {
  override readonly name = "InnerModuleError";
  readonly code: string;

  constructor(cause: SheafError, instance: SourcePos) {
    super(`${cause.message}, in the instance of ${formatPos(instance)}`, [...cause.places, instance], { cause });
    this.code = cause.code;
  }
}

export type ModuleErrorCode =
  | "bad-name"
  | "missing-file"
  | "cue-module"
  | "bad-file"
  | "bad-schema"
  | "bad-expression"
  | "bad-object"
  | "bad-patch"
  | "bad-include"
  | "bad-partial"
  | "bad-instance"
  | "bad-test"
  | "duplicate-object"
  | "unsupported-format"
  | "kube-version"
  | "unknown-value"
  | "no-sample"
  | "unused-value"
  | "unused-partial"
  | "unused-module"
  | "no-description"
  | "dead-branch"
  | "no-label"
  | "loose-image";
