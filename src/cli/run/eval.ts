import { type ValueFormat, writeValue } from "../../engine/cue/index.js";
import { evaluateSources } from "../../engine/runtime/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { readSources, runtimeLookup, sourceOptions, type VariableArgs } from "../read-sources.js";

type Args = VariableArgs & {
  files: string[];
  expression?: string | undefined;
  output: ValueFormat;
  showSecrets: boolean;
};

/** `sheaf eval`: prints the concrete value of files. */
export async function evalFiles(context: Context, args: Args): Promise<ExitCode> {
  const { expression = "" } = args;
  const isPath = expression === "" || isPlainPath(expression);
  const value = await evaluateSources(
    await readSources(args.files, context),
    isPath && expression !== "" ? expression.split(".") : [],
    {
      runtime: await runtimeLookup(args, context),
      ...(!isPath && { expression }),
      ...sourceOptions(args, context),
    },
  );
  context.terminal.out(writeValue(value, args.output, args.showSecrets ? undefined : "***"));
  return exitCode.done;
}

/** Names with hyphens and the numbers of items, which CUE would have in quotes and brackets: `instances.my-app.ports.0`. */
function isPlainPath(text: string): boolean {
  return /^[\p{L}\d_$#-]+(?:\.[\p{L}\d_$#-]+)*$/u.test(text) && /[a-zA-Z]/.test(text.charAt(0));
}
