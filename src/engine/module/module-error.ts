import { formatPos, SheafError, type SourcePos } from "../diagnostics/index.js";

/** Something in a module's files, or in what they render, is not as a module needs it. */
export class ModuleError extends SheafError {
  override readonly name = "ModuleError";
  readonly code: ModuleErrorCode;
  /** The message without its place. */
  readonly detail: string;

  constructor(code: ModuleErrorCode, detail: string, pos?: SourcePos, related: readonly SourcePos[] = []) {
    super(pos === undefined ? detail : `${formatPos(pos)}: ${detail}`, pos === undefined ? [] : [pos, ...related]);
    this.code = code;
    this.detail = detail;
  }
}

export type ModuleErrorCode =
  | "bad-name"
  | "missing-file"
  | "cue-module"
  | "bad-file"
  | "bad-schema"
  | "bad-object"
  | "bad-patch"
  | "bad-include"
  | "bad-test"
  | "duplicate-object"
  | "unsupported-format"
  | "kube-version"
  | "unknown-value"
  | "no-sample"
  | "unused-value"
  | "no-description"
  | "dead-branch"
  | "no-label"
  | "loose-image";
