import { describeModule } from "../../engine/module/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { moduleUrl } from "../module-url.js";
import { type ModuleArgs, openResolver } from "../open-resolver.js";

type Args = ModuleArgs & { url: string; version?: string | undefined; output: "table" | "json" };

/** `sheaf mod images`: the container images of a module, with its default and example values. */
export async function modImages(context: Context, args: Args): Promise<ExitCode> {
  const { terminal } = context;
  const resolver = await openResolver(args, context);
  const request = {
    url: await moduleUrl(args.url, context),
    ...(args.version !== undefined && { version: args.version }),
  };
  const { module, version, via } = await resolver.resolve(request, context.cwd);
  if (via !== undefined) terminal.err(terminal.colors.dim(`${args.url} ${version}: from ${via}\n`));
  const images = [...(await describeModule(module)).images].sort();
  if (args.output === "json") terminal.say(`${JSON.stringify(images, null, 2)}\n`);
  else terminal.say(images.map((image) => `${image}\n`).join(""));
  return exitCode.done;
}
