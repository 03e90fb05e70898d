import { IncompleteValueError } from "../cue/index.js";
import { SourceError } from "../diagnostics/index.js";
import type { RuntimeRequest } from "./fill-attributes.js";

/** A value that is missing because its variable is: says which one. */
export function nameMissingVariable(error: SourceError, requests: readonly RuntimeRequest[]): SourceError {
  if (!(error instanceof IncompleteValueError)) return error;
  const request = requests.find(
    ({ filled, valuePos }) => !filled && valuePos.file === error.pos.file && valuePos.offset === error.pos.offset,
  );
  if (request === undefined) return error;
  const detail =
    `${error.path.join(".")}: the runtime variable ${request.name} is not set; ` +
    `export ${request.name} and use --runtime-from-env, or name a file that sets it with --env-file, or a cluster's value with --runtime`;
  return new SourceError("missing-variable", detail, error.pos);
}
