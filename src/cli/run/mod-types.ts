import { resolve } from "node:path";
import { valuesTypes } from "../../engine/authoring/index.js";
import { writeWhole } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { moduleUrl } from "../module-url.js";
import { type ModuleArgs, openResolver } from "../open-resolver.js";

type Args = ModuleArgs & { url: string; version?: string | undefined; outputFile?: string | undefined };

/** `sheaf mod types`: TypeScript declarations of a module's values. */
export async function modTypes(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd } = context;
  const url = await moduleUrl(args.url, context);
  const request = { url, ...(args.version !== undefined && { version: args.version }) };
  const { module } = await (await openResolver(args, context)).resolve(request, cwd);
  const text = valuesTypes(module, args.url);
  if (args.outputFile === undefined) terminal.say(text);
  else {
    await writeWhole(resolve(cwd, args.outputFile), text);
    terminal.say(`${args.outputFile}: types of ${module.name} ${module.version} written\n`);
  }
  return exitCode.done;
}
