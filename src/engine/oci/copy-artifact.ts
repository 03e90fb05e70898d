import { isJsonObject } from "../json/index.js";
import { digestOf } from "./digest.js";
import { OciError } from "./errors.js";
import { limits } from "./limits.js";
import { type Descriptor, mediaTypes, parseJson, parseManifest, tryDescriptor } from "./manifest.js";
import { encodeReferrers, referrersTag } from "./referrers.js";
import { formatIn, type RawManifest, type Repository, tryManifest, type WritableRepository } from "./repository.js";
import { signatureTag } from "./signature.js";
import { isBundle } from "./sigstore-bundle.js";

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
  const [signatures, referrers] = await Promise.all([
    tryManifest(from, signatureTag(digest), signal),
    from.referrers(digest, signal),
  ]);
  const bundles = referrers.filter(isBundle);
  // What refers to it comes after it, and before its tags.
  const isReferred = signatures !== undefined || bundles.length > 0 || beforeTags !== undefined;
  if (tags.length === 0 || isReferred) await to.pushManifest(digest, source, signal);
  if (signatures !== undefined) {
    await copyContent(from, signatures, to, signal);
    await to.pushManifest(signatureTag(digest), signatures, signal);
  }
  if (bundles.length > 0) await copyBundles(from, bundles, to, digest, signal);
  await beforeTags?.(digest);
  for (const tag of tags) await to.pushManifest(tag, source, signal);
  return source.descriptor;
}

/** Copies the sigstore bundles that refer to a digest, and lists them in the target where that does not by itself. */
async function copyBundles(
  from: Repository,
  bundles: readonly Descriptor[],
  to: WritableRepository,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const bundle of bundles) {
    const manifest = await from.rawManifest(bundle.digest, signal);
    await copyContent(from, manifest, to, signal);
    await to.pushManifest(bundle.digest, manifest, signal);
  }
  const listed = await to.referrers(digest, signal);
  const missing = bundles.filter((bundle) => !listed.some((each) => each.digest === bundle.digest));
  if (missing.length === 0) return;
  const bytes = encodeReferrers([...listed, ...missing]);
  const descriptor = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.length };
  await to.pushManifest(referrersTag(digest), { descriptor, bytes }, signal);
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
