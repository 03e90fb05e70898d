import { formatPlace, openPlace, parsePlace } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { UsageError } from "../usage-error.js";

type Args = RegistryArgs & { url: string };

/** `sheaf artifact delete`: takes a tag away, or what a digest names. */
export async function artifactDelete(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd, signal } = context;
  const place = parsePlace(args.url, cwd);
  // latest, as elsewhere, would be a guess that cannot be taken back.
  const reference = place.digest ?? place.tag;
  if (reference === undefined) throw new UsageError(`${args.url}: name the tag or the digest to delete`);
  const repository = await openPlace(place, await openRegistries(args, context));
  await repository.delete(reference, signal);
  terminal.say(`${formatPlace(place)} deleted\n`);
  return exitCode.done;
}
