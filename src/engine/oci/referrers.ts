import { isJsonObject } from "../json/index.js";
import { hexOf } from "./digest.js";
import { OciError } from "./errors.js";
import { type Descriptor, encodeJson, mediaTypes, parseJson, tryDescriptor } from "./manifest.js";
import { formatIn, type Repository, tryManifest } from "./repository.js";

/** How many referrers of one manifest sheaf looks at. */
const maxReferrers = 100;

/**
 * The tag that lists what refers to a digest, where a registry has no list of its own
 * (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema).
 */
export function referrersTag(digest: string): string {
  return `sha256-${hexOf(digest)}`;
}

/** The referrers that are listed under the tag. */
export async function taggedReferrers(
  repository: Pick<Repository, "name" | "rawManifest">,
  digest: string,
  signal?: AbortSignal,
): Promise<Descriptor[]> {
  const found = await tryManifest(repository, referrersTag(digest), signal);
  return found === undefined ? [] : parseReferrers(found.bytes, formatIn(repository.name, referrersTag(digest)));
}

/** Reads a list of referrers, or a page of one after `before` others: an image index. */
export function parseReferrers(bytes: Uint8Array, subject: string, before = 0): Descriptor[] {
  const index = parseJson(bytes);
  if (!isJsonObject(index) || !Array.isArray(index.manifests)) {
    throw new OciError("bad-manifest", `${subject} is not a list of manifests`);
  }
  if (before + index.manifests.length > maxReferrers) {
    throw new OciError("too-large", `${subject} lists more than the ${maxReferrers} manifests that sheaf looks at`);
  }
  return index.manifests.flatMap((value) => tryDescriptor(value) ?? []);
}

/** A list of referrers as bytes. */
export function encodeReferrers(referrers: readonly Descriptor[]): Uint8Array {
  const manifests = referrers.map(({ annotations = {}, ...rest }) => ({ ...rest, annotations }));
  return encodeJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
}
