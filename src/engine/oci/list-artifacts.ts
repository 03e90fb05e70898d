import { type Repository, tryManifest } from "./repository.js";

/** A tag, and the digest of what it names; absent where it was not asked for. */
export type ListedArtifact = Readonly<{ tag: string; digest?: string }>;

export type ListOptions = Readonly<{
  withDigest?: boolean;
  /** Chooses and orders tags before anything is asked of them; all, in the order of the repository, unless given. */
  select?: (tags: readonly string[]) => readonly string[];
  signal?: AbortSignal;
}>;

/** How many manifests are asked for at a time. */
const atATime = 8;

/** The tags of a repository. One that goes while they are listed is left out. */
export async function listArtifacts(
  repository: Repository,
  { withDigest = true, select = (tags) => tags, signal }: ListOptions = {},
): Promise<ListedArtifact[]> {
  const tags = select(await repository.listTags(signal));
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
