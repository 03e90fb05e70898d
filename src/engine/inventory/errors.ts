import { SheafError } from "../diagnostics/index.js";

/** A record that cannot be read. Names the Secret, and never shows what it holds: values may be secret. */
export class RecordError extends SheafError {
  override readonly name = "RecordError";
  readonly code = "bad-record";
  /** `namespace/name` of the Secret. */
  readonly secret: string;

  constructor(secret: string, detail: string, options?: ErrorOptions) {
    super(`Secret ${secret} is no readable instance record: ${detail}`, [], options);
    this.secret = secret;
  }
}
