import type { Artifact } from "./artifact.js";
import { digestOf } from "./digest.js";
import { OciError } from "./errors.js";
import { formatIn, tryManifest, type WritableRepository } from "./repository.js";

export type PushOptions = Readonly<{
  /** The tags that name the artifact afterwards. */
  tags: readonly string[];
  /** The one of them that must not be moved away from other content; without it all are moved. */
  fixedTag?: string | undefined;
  /** Runs when the artifact is there under its digest and no tag names it yet: the moment to sign it. */
  beforeTags?: ((digest: string) => Promise<void>) | undefined;
  signal?: AbortSignal | undefined;
}>;

/**
 * Pushes an artifact: its content first, its tags last, so that a tag names a whole artifact or does not exist, whatever
 * fails when.
 *
 * @throws {OciError} `tag-exists` for a fixed tag that names other content; nothing was sent then
 */
export async function pushArtifact(
  { manifest, descriptor, blobs }: Artifact,
  repository: WritableRepository,
  { tags, fixedTag, beforeTags, signal }: PushOptions,
): Promise<void> {
  if (fixedTag !== undefined) await requireFree(repository, fixedTag, descriptor.digest, signal);
  const contents = new Map(blobs.map((bytes) => [digestOf(bytes), bytes]));
  const contentOf = (digest: string): Uint8Array => {
    const bytes = contents.get(digest);
    if (bytes === undefined) throw new TypeError(`the artifact lacks its own blob ${digest}`);
    return bytes;
  };
  const parts = [manifest.config, ...manifest.layers];
  await Promise.all(parts.map((part) => repository.pushBlob(part, async () => contentOf(part.digest), { signal })));
  const stored = { descriptor, bytes: contentOf(descriptor.digest) };
  if (beforeTags !== undefined) {
    await repository.pushManifest(descriptor.digest, stored, signal);
    await beforeTags(descriptor.digest);
  }
  for (const tag of tags) await repository.pushManifest(tag, stored, signal);
}

/** @throws {OciError} `tag-exists` unless the tag is free or names this very content */
export async function requireFree(
  repository: WritableRepository,
  tag: string,
  digest: string,
  signal?: AbortSignal,
): Promise<void> {
  const found = await tryManifest(repository, tag, signal);
  if (found === undefined || found.descriptor.digest === digest) return;
  throw new OciError(
    "tag-exists",
    `${formatIn(repository.name, tag)} exists with other content (${found.descriptor.digest}, this is ${digest}); ` +
      "push another version, or replace it with --force",
  );
}
