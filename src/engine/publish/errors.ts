import { SheafError } from "../diagnostics/index.js";
import { formatRef, type ObjectRef } from "../object/index.js";

/** Objects that are named; the rest is counted. */
const maxNamed = 20;

/** Something secret would be in an artifact that others can pull. */
export class SecretsInClearError extends SheafError {
  override readonly name = "SecretsInClearError";
  readonly code = "secrets-in-clear";
  readonly objects: readonly ObjectRef[];

  constructor(objects: readonly ObjectRef[]) {
    const lines = objects.slice(0, maxNamed).map((ref) => `  ${formatRef(ref)}`);
    const rest = objects.length > maxNamed ? [`  and ${objects.length - maxNamed} more`] : [];
    const summary =
      "these objects hold secrets in clear, and whoever may pull the artifact could read them; " +
      "encrypt them with SOPS, keep them in the cluster, or push them all the same with --with-secrets:";
    super([summary, ...lines, ...rest].join("\n"));
    this.objects = objects;
  }
}
