import { isJsonObject } from "../json/index.js";
import { OciError } from "./errors.js";
import { limits } from "./limits.js";
import { type Descriptor, mediaTypes, parseJson, parseManifest, tryDescriptor } from "./manifest.js";
import { formatIn, type RawManifest, type Repository, tryManifest, type WritableRepository } from "./repository.js";
import { signatureTag } from "./signature.js";

export type CopyOptions = Readonly<{
  /** The tags that the copy gets; without any it is there under its digest. */
  tags: readonly string[];
  /** As for {@link pushArtifact}. */
  beforeTags?: ((digest: string) => Promise<void>) | undefined;
  signal?: AbortSignal | undefined;
}>;

/**
 * Copies what a tag or digest names, byte for byte, with everything that it needs and its cosign signatures. Content that
 * is there already is not sent; tags come last.
 *
 * @returns The descriptor of what was copied
 */
export async function copyArtifact(
  from: Repository,
  reference: string,
  to: WritableRepository,
  { tags, beforeTags, signal }: CopyOptions,
): Promise<Descriptor> {
  const source = await from.rawManifest(reference, signal);
  const { digest } = source.descriptor;
  await copyContent(from, source, to, signal);
  if (tags.length === 0 || beforeTags !== undefined) await to.pushManifest(digest, source, signal);
  const signatures = await tryManifest(from, signatureTag(digest), signal);
  if (signatures !== undefined) {
    await copyContent(from, signatures, to, signal);
    await to.pushManifest(signatureTag(digest), signatures, signal);
  }
  await beforeTags?.(digest);
  for (const tag of tags) await to.pushManifest(tag, source, signal);
  return source.descriptor;
}

/** Copies what a manifest needs, but not itself. One blob after the other, so that one at a time is in memory. */
async function copyContent(
  from: Repository,
  { descriptor, bytes }: RawManifest,
  to: WritableRepository,
  signal: AbortSignal | undefined,
): Promise<void> {
  const subject = formatIn(from.name, descriptor.digest);
  if (descriptor.mediaType === mediaTypes.index || descriptor.mediaType === mediaTypes.dockerIndex) {
    for (const child of childrenOf(bytes, subject)) {
      const manifest = await from.rawManifest(child.digest, signal);
      await copyContent(from, manifest, to, signal);
      await to.pushManifest(child.digest, manifest, signal);
    }
    return;
  }
  const { config, layers } = parseManifest(bytes, subject);
  for (const blob of [config, ...layers]) {
    await to.pushBlob(blob, () => from.blob(blob, signal), { from, signal });
  }
}

/** The manifests that an image index lists. An index in an index is refused by what reads them as manifests. */
function childrenOf(bytes: Uint8Array, subject: string): Descriptor[] {
  const index = parseJson(bytes);
  const list = isJsonObject(index) && Array.isArray(index.manifests) ? index.manifests : undefined;
  const children = list?.map(tryDescriptor).filter((child) => child !== undefined) ?? [];
  if (list === undefined || children.length !== list.length || children.length > limits.layers) {
    throw new OciError("bad-manifest", `The image index ${subject} lists more or other things than manifests`);
  }
  return children;
}
