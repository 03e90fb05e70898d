import { formatPos, SheafError, type SourcePos } from "../diagnostics/index.js";

/** A value that its schema does not accept, or that is missing. Its message starts with the place and the path. */
export class SchemaError extends SheafError {
  override readonly name = "SchemaError";
  readonly code: "unknown-field" | "missing-value" | "wrong-type" | "invalid-value";
  /** Where in the data: `instances.flux.values.hostNetwork`. */
  readonly path: string;
  /** The message without place and path. */
  readonly detail: string;

  constructor(code: SchemaError["code"], path: string, detail: string, pos: SourcePos) {
    super(`${formatPos(pos)}: ${path === "" ? "" : `${path}: `}${detail}`, [pos]);
    this.code = code;
    this.path = path;
    this.detail = detail;
  }
}
