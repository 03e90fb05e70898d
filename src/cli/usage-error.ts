import { SheafError } from "../engine/diagnostics/index.js";

/** The command line is not understood: exit code 2. */
export class UsageError extends SheafError {
  override readonly name = "UsageError";
  readonly code = "usage";
}
