import { OciError, parseReference } from "../engine/oci/index.js";
import { UsageError } from "./usage-error.js";

/** The host of a registry as the command line names it: `ghcr.io`, `localhost:5000`, also with `oci://` in front. */
export function registryHost(text: string): string {
  try {
    const { host, repository } = parseReference(`oci://${text.replace(/^oci:\/\//, "").replace(/\/+$/, "")}/x`);
    if (repository === "x") return host;
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
  }
  throw new UsageError(`${JSON.stringify(text)} is not a host name with an optional port`);
}
