import type { Descriptor, Manifest } from "./manifest.js";

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
  /** The manifest that a tag or a digest names. */
  manifest(reference: string, signal?: AbortSignal): Promise<FetchedManifest>;
  /** The bytes that a descriptor of a manifest points to. */
  blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Uint8Array>;
}

/** `repository:tag` or `repository@digest`, as messages write it. */
export function formatIn(name: string, reference: string): string {
  return reference.includes(":") ? `${name}@${reference}` : `${name}:${reference}`;
}
