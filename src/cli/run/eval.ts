import { toJson } from "../../engine/json/index.js";
import { evaluateSources } from "../../engine/runtime/index.js";
import { stringifyYaml } from "../../engine/yaml/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { readSources, runtimeLookup } from "../read-sources.js";

type Args = {
  files: string[];
  expression?: string | undefined;
  output: "yaml" | "json";
  runtimeFromEnv: boolean;
  envFile?: string[] | undefined;
  showSecrets: boolean;
};

/** `sheaf eval`: prints the concrete value of files. */
export async function evalFiles(context: Context, args: Args): Promise<ExitCode> {
  const value = await evaluateSources(await readSources(args.files, context), args.expression?.split(".") ?? [], {
    runtime: await runtimeLookup(args, context),
    onSource: (name, text) => context.sources.set(name, text),
  });
  const data = toJson(value, args.showSecrets ? undefined : "***");
  context.terminal.out(args.output === "json" ? `${JSON.stringify(data, null, 2)}\n` : stringifyYaml(data));
  return exitCode.done;
}
