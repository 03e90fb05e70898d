import { formatPos, SheafError, type SourcePos } from "../diagnostics/index.js";
import type { ObjectRef } from "../object/index.js";

/** A rendered object that an API server refuses, or warns of (`deprecated-api`), found without one. */
export class ObjectError extends SheafError {
  override readonly name = "ObjectError";
  readonly code: "invalid-object" | "deprecated-api";
  readonly ref: ObjectRef;
  /** Where in the object: `spec.replicas`. */
  readonly path: string;

  /** @param places In the template that made it, and in the bundle that uses the module */
  constructor(
    code: ObjectError["code"],
    ref: ObjectRef,
    path: string,
    detail: string,
    places: readonly SourcePos[] = [],
  ) {
    const [pos] = places;
    super(pos === undefined ? detail : `${formatPos(pos)}: ${detail}`, places);
    this.code = code;
    this.ref = ref;
    this.path = path;
  }
}
