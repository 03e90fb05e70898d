import { resolve } from "node:path";
import { writeTree } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { moduleUrl } from "../module-url.js";
import { type ModuleArgs, openResolver } from "../open-resolver.js";

type Args = ModuleArgs & { url: string; version?: string | undefined; outputDir: string };

/** `sheaf mod pull`: writes the files of a module into a new folder. */
export async function modPull(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd } = context;
  const resolver = await openResolver(args, context);
  const [, url = args.url, digest] = /^(oci:\/\/.*)@(sha256:.*)$/.exec(args.url) ?? [];
  const request = {
    url: await moduleUrl(url, context),
    ...(args.version !== undefined && { version: args.version }),
    ...(digest !== undefined && { digest }),
  };
  const found = await resolver.files(request, cwd);
  if (found.via !== undefined) terminal.err(terminal.colors.dim(`${url} ${found.version}: from ${found.via}\n`));
  await writeTree(found.tree, resolve(cwd, args.outputDir));
  const files = found.tree.files.size;
  terminal.say(`${url} ${found.version}: ${files} files written to ${args.outputDir}\ndigest: ${found.digest}\n`);
  return exitCode.done;
}
