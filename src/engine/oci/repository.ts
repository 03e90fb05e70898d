import { OciError } from "./errors.js";
import { type Descriptor, type Manifest, parseManifest } from "./manifest.js";

/** The bytes of a manifest or of an image index, with the descriptor that they give. */
export type RawManifest = Readonly<{ descriptor: Descriptor; bytes: Uint8Array }>;

/** A manifest with the descriptor that its bytes give, and the bytes themselves. */
export type FetchedManifest = Readonly<{ descriptor: Descriptor; manifest: Manifest; bytes: Uint8Array }>;

/**
 * A place that holds the versions of one artifact: a repository of a registry, or of an image layout. Every method
 * throws an {@link OciError} that names the repository; content that comes back has been checked against its digest.
 */
export interface Repository {
  /** What messages call it: `oci://ghcr.io/org/modules/web`, `web in the image layout ./dist/catalog`. */
  readonly name: string;
  /** All tags, in the order in which the place gives them. A repository that does not exist is a `not-found` error. */
  listTags(signal?: AbortSignal): Promise<string[]>;
  /** What a tag or a digest names, as it is stored: a manifest or an image index. */
  rawManifest(reference: string, signal?: AbortSignal): Promise<RawManifest>;
  /** The manifest that a tag or a digest names. */
  manifest(reference: string, signal?: AbortSignal): Promise<FetchedManifest>;
  /** What says that it is about the content of a digest, such as a signature: manifests, none where there are none. */
  referrers(digest: string, signal?: AbortSignal): Promise<Descriptor[]>;
  /** The bytes that a descriptor of a manifest points to. */
  blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A repository that may be written to. Everything that is pushed twice is there once. */
export interface WritableRepository extends Repository {
  /**
   * Uploads a blob, unless it is there already.
   *
   * @param content Gives the bytes; it is asked only if they are needed
   */
  pushBlob(descriptor: Descriptor, content: BlobContent, options?: PushBlobOptions): Promise<void>;
  /** Stores a manifest whose blobs are all there, under a tag or under its own digest. */
  pushManifest(reference: string, manifest: RawManifest, signal?: AbortSignal): Promise<void>;
  /** Takes a tag away; by a digest a manifest, and with it all of its tags. What they needed stays until it is cleaned up. */
  delete(reference: string, signal?: AbortSignal): Promise<void>;
}
export type BlobContent = () => Promise<Uint8Array>;
/** `from` is a repository that may hold the blob on the same registry: then it is linked instead of sent. */
export type PushBlobOptions = Readonly<{ from?: Repository | undefined; signal?: AbortSignal | undefined }>;

/** What a tag or digest names, or undefined where it names nothing. */
export async function tryManifest(
  repository: Pick<Repository, "rawManifest">,
  reference: string,
  signal?: AbortSignal,
): Promise<RawManifest | undefined> {
  return repository.rawManifest(reference, signal).catch((fault: unknown) => {
    if (fault instanceof OciError && fault.code === "not-found") return undefined;
    throw fault;
  });
}

/** Reads a manifest out of its bytes. */
export function readManifest({ descriptor, bytes }: RawManifest, subject: string): FetchedManifest {
  const manifest = parseManifest(bytes, subject);
  return { descriptor: { ...descriptor, mediaType: manifest.mediaType }, manifest, bytes };
}

/** `repository:tag` or `repository@digest`, as messages write it. */
export function formatIn(name: string, reference: string): string {
  return reference.includes(":") ? `${name}@${reference}` : `${name}:${reference}`;
}
