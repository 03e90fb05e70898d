import { listArtifacts, openPlace, parsePlace } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { formatTable } from "../show-table.js";

type Args = RegistryArgs & { url: string; withDigest: boolean; output: "table" | "json" };

/** `sheaf artifact list`: the tags of a repository. */
export async function artifactList(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd, signal } = context;
  const repository = await openPlace(parsePlace(args.url, cwd), await openRegistries(args, context));
  const found = await listArtifacts(repository, { withDigest: args.withDigest, signal });
  if (args.output === "json") terminal.say(`${JSON.stringify(found, null, 2)}\n`);
  else {
    const rows = found.map(({ tag, digest = "-" }) => [tag, digest]);
    terminal.say(formatTable(["TAG", "DIGEST"], rows));
  }
  return exitCode.done;
}
