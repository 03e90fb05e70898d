import { protocol } from "../../engine/inventory/index.js";
import { stringifyYaml } from "../../engine/yaml/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { version } from "../version.js";

/** `sheaf version`: in Timoni's words, so that scripts read either. */
export function showVersion({ terminal }: Context, { output }: { output: "yaml" | "json" }): ExitCode {
  const versions = { api: protocol.recordApiVersion, client: version, cue: "0.15.0", node: process.versions.node };
  terminal.out(output === "json" ? `${JSON.stringify(versions, null, 2)}\n` : stringifyYaml(versions));
  return exitCode.done;
}
