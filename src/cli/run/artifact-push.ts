import { openPlaceToWrite, parsePlace, pushArtifact, signArtifact } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openRegistries, type RegistryArgs } from "../open-registries.js";
import { type PackArgs, packUserArtifact, requireTags } from "../pack-user-artifact.js";
import { showArtifact } from "../show-artifact.js";
import { type SignArgs, signingKey } from "../signature-keys.js";
import { UsageError } from "../usage-error.js";

type Args = RegistryArgs & SignArgs & PackArgs & { url: string; tag?: string[] | undefined; output: "table" | "json" };

/** `sheaf artifact push`: packs a file or folder and pushes it under tags. */
export async function artifactPush(context: Context, args: Args): Promise<ExitCode> {
  const { cwd, signal } = context;
  const place = parsePlace(args.url, cwd);
  if (place.digest !== undefined)
    throw new UsageError(`${args.url}: a digest is what comes out of a push; leave it out`);
  const tags = requireTags([...(place.tag === undefined ? [] : [place.tag]), ...(args.tag ?? [])]);
  const [tag] = tags;
  if (tag === undefined) throw new UsageError("a tag is needed, for example --tag latest");
  const key = await signingKey(args, context);
  const artifact = await packUserArtifact(args, context);
  const repository = await openPlaceToWrite(place, await openRegistries(args, context));
  const beforeTags = key && ((digest: string) => signArtifact(repository, digest, key, signal));
  await pushArtifact(artifact, repository, { tags: [...new Set(tags)], beforeTags, signal });
  showArtifact(place, artifact.descriptor.digest, { tag }, args.output, context.terminal);
  return exitCode.done;
}
