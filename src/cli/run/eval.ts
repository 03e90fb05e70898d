import { toJson } from "../../engine/json/index.js";
import { evaluateSources } from "../../engine/runtime/index.js";
import { stringifyYaml } from "../../engine/yaml/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { readSources, runtimeLookup, sourceOptions } from "../read-sources.js";

type Args = {
  files: string[];
  expression?: string | undefined;
  output: "yaml" | "json";
  runtimeFromEnv: boolean;
  workdir?: string | undefined;
  envFile?: string[] | undefined;
  showSecrets: boolean;
};

/** `sheaf eval`: prints the concrete value of files. */
export async function evalFiles(context: Context, args: Args): Promise<ExitCode> {
  const value = await evaluateSources(await readSources(args.files, context), args.expression?.split(".") ?? [], {
    runtime: await runtimeLookup(args, context),
    ...sourceOptions(args, context),
  });
  const data = toJson(value, args.showSecrets ? undefined : "***");
  context.terminal.out(args.output === "json" ? `${JSON.stringify(data, null, 2)}\n` : stringifyYaml(data));
  return exitCode.done;
}
