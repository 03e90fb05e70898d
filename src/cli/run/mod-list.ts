import { type Context, type ExitCode, exitCode } from "../context.js";
import { moduleUrl } from "../module-url.js";
import { type ModuleArgs, openResolver } from "../open-resolver.js";
import { formatTable } from "../show-table.js";

type Args = ModuleArgs & { url: string; withDigest: boolean; limit?: number | undefined; output: "table" | "json" };

/** `sheaf mod list`: the versions of a module, newest first. */
export async function modList(context: Context, args: Args): Promise<ExitCode> {
  const { terminal } = context;
  const resolver = await openResolver(args, context);
  const { versions, via } = await resolver.versions(await moduleUrl(args.url, context), context.cwd, {
    withDigest: args.withDigest,
    limit: args.limit,
    signal: context.signal,
  });
  if (via !== undefined) terminal.err(terminal.colors.dim(`${args.url}: from ${via}\n`));
  if (args.output === "json") terminal.json(versions, 2);
  else {
    const rows = versions.map(({ version, digest = "-", created = "-", latest }) => [
      version,
      digest,
      created,
      latest ? "latest" : "",
    ]);
    terminal.say(formatTable(["VERSION", "DIGEST", "CREATED", ""], rows));
  }
  return exitCode.done;
}
