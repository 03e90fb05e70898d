import { type Repository, tryManifest } from "./repository.js";

/** A tag, and the digest of what it names; absent where it was not asked for. */
export type ListedArtifact = Readonly<{ tag: string; digest?: string }>;

/** How many manifests are asked for at a time. */
const atATime = 8;

/** The tags of a repository in the order in which it gives them. A tag that goes while it is listed is left out. */
export async function listArtifacts(
  repository: Repository,
  { withDigest = true, signal }: Readonly<{ withDigest?: boolean; signal?: AbortSignal }> = {},
): Promise<ListedArtifact[]> {
  const tags = await repository.listTags(signal);
  if (!withDigest) return tags.map((tag) => ({ tag }));
  const listed: ListedArtifact[] = [];
  for (let start = 0; start < tags.length; start += atATime) {
    const some = tags.slice(start, start + atATime);
    const found = await Promise.all(some.map((tag) => tryManifest(repository, tag, signal)));
    for (const [i, tag] of some.entries()) {
      const digest = found[i]?.descriptor.digest;
      if (digest !== undefined) listed.push({ tag, digest });
    }
  }
  return listed;
}
