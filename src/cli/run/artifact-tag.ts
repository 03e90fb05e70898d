import { openPlaceToWrite, parsePlace, referenceOf } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { requireTags } from "../pack-user-artifact.js";

type Args = RegistryArgs & { url: string; tag: string[] };

/** `sheaf artifact tag`: gives an artifact more tags. */
export async function artifactTag(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd, signal } = context;
  const tags = requireTags(args.tag);
  const place = parsePlace(args.url, cwd);
  const repository = await openPlaceToWrite(place, await openRegistries(args, context));
  const found = await repository.rawManifest(referenceOf(place), signal);
  for (const tag of tags) await repository.pushManifest(tag, found, signal);
  terminal.say(`${repository.name}: ${tags.join(", ")} set to ${found.descriptor.digest}\n`);
  return exitCode.done;
}
