import {
  type Artifact,
  type ArtifactPlace,
  openPlaceToWrite,
  parsePlace,
  pushArtifact,
  type SigningKey,
  signArtifact,
} from "../engine/oci/index.js";
import type { Context } from "./context.js";
import { openRegistries, type RegistryArgs } from "./open-registries.js";
import { requireTags } from "./pack-user-artifact.js";
import { showArtifact } from "./show-artifact.js";
import { UsageError } from "./usage-error.js";

export type PushArgs = RegistryArgs & Readonly<{ url: string; tag?: string[] | undefined; output: "table" | "json" }>;

/** Where an artifact is pushed to. The first tag is the one that is shown. */
export type PushPlace = Readonly<{ place: ArtifactPlace; tags: readonly [string, ...string[]] }>;

/**
 * The place that the command line names, with the tags in its URL and of `--tag`.
 *
 * @throws {UsageError} For a digest, no tag at all, or what is none
 */
export function parsePushPlace({ url, tag: others = [] }: PushArgs, { cwd }: Context): PushPlace {
  const place = parsePlace(url, cwd);
  if (place.digest !== undefined) throw new UsageError(`${url}: a digest is what comes out of a push; leave it out`);
  const [first, ...rest] = requireTags([...(place.tag === undefined ? [] : [place.tag]), ...others]);
  if (first === undefined) throw new UsageError("a tag is needed, for example --tag latest");
  return { place, tags: [first, ...rest] };
}

/** Pushes an artifact, signs it where there is a key, before it gets its tags, and shows it. */
export async function pushUserArtifact(
  artifact: Artifact,
  { place, tags }: PushPlace,
  key: SigningKey | undefined,
  args: PushArgs,
  context: Context,
): Promise<void> {
  const { signal, terminal } = context;
  const repository = await openPlaceToWrite(place, await openRegistries(args, context));
  const beforeTags = key && ((digest: string) => signArtifact(repository, digest, key, signal));
  await pushArtifact(artifact, repository, { tags: [...new Set(tags)], beforeTags, signal });
  showArtifact(place, artifact.descriptor.digest, { tag: tags[0] }, args.output, terminal);
}
