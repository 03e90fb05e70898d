import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../files/index.js";
import { isJsonObject } from "../json/index.js";
import { digestOf, hexOf, isDigest } from "./digest.js";
import { OciError } from "./errors.js";
import { mediaTypeOf, mediaTypes, parseJson } from "./manifest.js";
import { encodeReferrers, parseReferrers } from "./referrers.js";
import { formatIn, type RawManifest, type Repository, readManifest } from "./repository.js";

/**
 * Content by digest in a folder that several processes may use at a time: a file is checked whenever it is read and appears by a
 * rename, so that it is whole or not there. A cache that cannot be written is no fault, only slower.
 */
export class ContentCache {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The content of a digest, or undefined. A file that was changed is taken away. */
  async get(digest: string): Promise<Uint8Array | undefined> {
    const path = this.#path(digest);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined || digestOf(bytes) === digest) return bytes;
    await rm(path, { force: true }).catch(() => undefined);
    return undefined;
  }

  /** Keeps content whose digest has been checked. */
  async put(digest: string, bytes: Uint8Array): Promise<void> {
    await writeWhole(this.#path(digest), bytes).catch(() => undefined);
  }

  /** The digest that a tag named when it was last asked for. */
  async getTag(name: string): Promise<string | undefined> {
    const digest = await readFile(this.#tagPath(name), "utf8").catch(() => "");
    return isDigest(digest) ? digest : undefined;
  }

  async putTag(name: string, digest: string): Promise<void> {
    await writeWhole(this.#tagPath(name), digest).catch(() => undefined);
  }

  #tagPath(name: string): string {
    return join(this.#dir, "tags", hexOf(digestOf(new TextEncoder().encode(name))));
  }

  #path(digest: string): string {
    return join(this.#dir, "blobs", "sha256", hexOf(digest));
  }
}

/**
 * A repository whose blobs, and manifests asked for by digest, are fetched once and then come from the cache. Offline,
 * nothing is fetched: a tag names what it named when it was last asked for.
 */
export function cachedRepository(repository: Repository, cache: ContentCache, offline = false): Repository {
  const { name } = repository;
  const requireOnline = (what: string): void => {
    if (offline) throw notCached(what);
  };
  const rawManifest = async (reference: string, signal?: AbortSignal): Promise<RawManifest> => {
    const subject = formatIn(name, reference);
    const digest = isDigest(reference) ? reference : offline ? await cache.getTag(subject) : undefined;
    const known = digest === undefined ? undefined : await cache.get(digest);
    if (digest !== undefined && known !== undefined) {
      const mediaType = mediaTypeOf(known) ?? mediaTypes.manifest;
      return { descriptor: { mediaType, digest, size: known.length }, bytes: known };
    }
    requireOnline(subject);
    const fetched = await repository.rawManifest(reference, signal);
    if (!isJsonObject(parseJson(fetched.bytes))) return fetched; // no manifest: whoever asked will say so
    await cache.put(fetched.descriptor.digest, fetched.bytes);
    if (!isDigest(reference)) await cache.putTag(subject, fetched.descriptor.digest);
    return fetched;
  };
  return {
    name,
    rawManifest,
    async referrers(digest, signal) {
      const subject = `The list of what refers to ${formatIn(name, digest)}`;
      if (!offline) {
        const found = await repository.referrers(digest, signal);
        const list = encodeReferrers(found);
        await cache.put(digestOf(list), list);
        await cache.putTag(subject, digestOf(list));
        return found;
      }
      const known = await cache.getTag(subject);
      const list = known === undefined ? undefined : await cache.get(known);
      if (list === undefined) throw notCached(subject);
      return parseReferrers(list, subject);
    },
    async listTags(signal) {
      if (offline) throw new OciError("offline", `What tags ${name} has is not kept: list them without --offline`);
      return repository.listTags(signal);
    },
    manifest: async (reference, signal) =>
      readManifest(await rawManifest(reference, signal), formatIn(name, reference)),
    async blob(descriptor, signal) {
      const known = await cache.get(descriptor.digest);
      if (known !== undefined && known.length === descriptor.size) return known;
      requireOnline(`The blob ${descriptor.digest} of ${name}`);
      const bytes = await repository.blob(descriptor, signal);
      await cache.put(descriptor.digest, bytes);
      return bytes;
    },
  };
}

function notCached(what: string): OciError {
  return new OciError("offline", `${what} is not in the cache; run once without --offline`);
}

/** Writes a file so that a reader finds the old one, the new one or none, but never a part; makes its folder. */
export async function writeWhole(path: string, content: Uint8Array | string, mode = 0o666): Promise<void> {
  await makeFolder(dirname(path));
  const staged = `${path}.${randomUUID()}`;
  try {
    await writeFile(staged, content, { flag: "wx", mode });
    await rename(staged, path);
  } catch (fault) {
    await rm(staged, { force: true });
    throw fault;
  }
}
