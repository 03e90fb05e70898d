import { formatPos, SheafError, type SourcePos } from "../diagnostics/index.js";

/** A fault of a runtime file's clusters or values: one that is not there, or cannot be read. */
export class FleetError extends SheafError {
  override readonly name = "FleetError";
  readonly code:
    | "unknown-cluster"
    | "unknown-group"
    | "no-cluster"
    | "unknown-context"
    | "object-not-found"
    | "bad-expression"
    | "bad-value";

  constructor(code: FleetError["code"], detail: string, pos?: SourcePos, options?: ErrorOptions) {
    super(pos === undefined ? detail : `${formatPos(pos)}: ${detail}`, pos === undefined ? [] : [pos], options);
    this.code = code;
  }
}
