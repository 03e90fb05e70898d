import { evaluate } from "../../engine/cue/index.js";
import { throwFaults } from "../../engine/diagnostics/index.js";
import { toJson } from "../../engine/json/index.js";
import { fillAttributes, nameMissingVariable } from "../../engine/runtime/index.js";
import { readSource } from "../../engine/source/index.js";
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
  const lookup = await runtimeLookup(args, context);
  const sources = await Promise.all((await readSources(args.files, context)).map(readSource));
  for (const { name, text } of sources) context.sources.set(name, text);
  throwFaults(sources.flatMap(({ errors }) => errors));
  const filled = sources.map(({ file }) => fillAttributes(file, lookup));
  throwFaults(filled.flatMap(({ errors }) => errors));
  const path = args.expression?.split(".") ?? [];
  const { value, errors } = evaluate(
    filled.map(({ file }) => file),
    { path },
  );
  const requests = filled.flatMap((each) => each.requests);
  throwFaults(errors.map((error) => nameMissingVariable(error, requests)));
  if (value === undefined) throw new TypeError("an evaluation without faults gives a value");
  const data = toJson(value, args.showSecrets ? undefined : "***");
  context.terminal.out(args.output === "json" ? `${JSON.stringify(data, null, 2)}\n` : stringifyYaml(data));
  return exitCode.done;
}
