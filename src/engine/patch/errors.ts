import { SheafError } from "../diagnostics/index.js";

/** A patch that is not well formed, or does not fit the objects. No value of a patch or an object stands in the message. */
export class PatchError extends SheafError {
  override readonly name = "PatchError";
  readonly code: "bad-patch" | "bad-target" | "no-target" | "patch-failed";

  constructor(code: PatchError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
