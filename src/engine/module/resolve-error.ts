import { formatPos, SheafError, type SourcePos } from "../diagnostics/index.js";
import type { OciErrorCode } from "../oci/index.js";

/** A module's URL, version or digest leads to nothing that can be used. `cause` is what the registry or layout said. */
export class ResolveError extends SheafError {
  override readonly name = "ResolveError";
  readonly code: ResolveErrorCode | OciErrorCode;
  /** The message without its place. */
  readonly detail: string;

  constructor(code: ResolveErrorCode | OciErrorCode, detail: string, pos?: SourcePos, options?: ErrorOptions) {
    super(pos === undefined ? detail : `${formatPos(pos)}: ${detail}`, pos === undefined ? [] : [pos], options);
    this.code = code;
    this.detail = detail;
  }
}

export type ResolveErrorCode =
  | "bad-url"
  | "bad-version"
  | "bad-mirror"
  | "unknown-module"
  | "unknown-version"
  | "digest-pin"
  | "not-locked"
  | "cue-module"
  | "not-a-module"
  | "broken-module";
