import { isTag, openPlaceToWrite, parsePlace, referenceOf } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { UsageError } from "../usage-error.js";

type Args = RegistryArgs & { url: string; tag: string[] };

/** `sheaf artifact tag`: gives an artifact more tags. */
export async function artifactTag(context: Context, args: Args): Promise<ExitCode> {
  const { terminal, cwd, signal } = context;
  const bad = args.tag.find((tag) => !isTag(tag));
  if (bad !== undefined) throw new UsageError(`--tag ${JSON.stringify(bad)} is not a tag`);
  const place = parsePlace(args.url, cwd);
  const repository = await openPlaceToWrite(place, await openRegistries(args, context));
  const found = await repository.rawManifest(referenceOf(place), signal);
  for (const tag of args.tag) await repository.pushManifest(tag, found, signal);
  terminal.say(`${repository.name}: ${args.tag.join(", ")} set to ${found.descriptor.digest}\n`);
  return exitCode.done;
}
