import { SheafError } from "../diagnostics/index.js";

/** A warning: of the Kubernetes release that was asked for nothing is known, and another one stands in for it. */
export class UnknownRelease extends SheafError {
  override readonly name = "UnknownRelease";
  readonly code = "unknown-kubernetes";
}
