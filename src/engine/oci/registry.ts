import { isJsonObject } from "../json/index.js";
import { BlobUpload, pushScope } from "./blob-upload.js";
import type { CredentialSource } from "./credentials.js";
import { ContentCheck, digestOf, isDigest } from "./digest.js";
import { OciError } from "./errors.js";
import { formatBytes, limits } from "./limits.js";
import { type Descriptor, mediaTypeOf, mediaTypes, parseJson } from "./manifest.js";
import type { Reference } from "./reference.js";
import { parseReferrers, taggedReferrers } from "./referrers.js";
import { type HostRequest, RegistryHost } from "./registry-host.js";
import {
  type BlobContent,
  type FetchedManifest,
  formatIn,
  type PushBlobOptions,
  type RawManifest,
  readManifest,
  type WritableRepository,
} from "./repository.js";
import { type RegistryAnswer, Transport, type TransportOptions } from "./transport.js";

export type RegistryOptions = TransportOptions &
  Readonly<{
    credentials?: CredentialSource;
    /** Speak plain http to a registry that does not speak https. */
    insecure?: boolean;
    /** Blobs up to this size are sent in one request, larger ones in chunks of it (8 MiB unless given). */
    chunkBytes?: number;
  }>;

/** Registries by host, so that what one was asked for a repository (scheme, tokens) holds for the next. */
export class Registries {
  readonly #options: RegistryOptions;
  readonly #transport: Transport;
  readonly #hosts = new Map<string, RegistryHost>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#transport = new Transport(options);
  }

  /**
   * The repository of a reference, whatever its tag and digest; nothing is sent yet.
   *
   * @param access What tokens are asked for: those to push also read, which a new repository may refuse to all others
   */
  repository(
    { host, repository }: Pick<Reference, "host" | "repository">,
    access: "pull" | "push" = "pull",
  ): WritableRepository {
    return new RegistryRepository(this.#host(host), repository, access);
  }

  /**
   * Asks a registry whether it knows us.
   *
   * @throws {OciError} `unauthorized` when it does not accept the credentials
   */
  async checkLogin(host: string, signal?: AbortSignal): Promise<void> {
    const request = { path: "/v2/", scope: "", subject: `The registry ${host}`, maxBytes: limits.answerBytes, signal };
    await this.#host(host).send(request);
  }

  #host(host: string): RegistryHost {
    const known = this.#hosts.get(host) ?? new RegistryHost(host, this.#transport, this.#options);
    this.#hosts.set(host, known);
    return known;
  }
}

/** A repository of a registry that is asked once. See {@link Registries} for several. */
export function openRepository(
  reference: Pick<Reference, "host" | "repository">,
  options: RegistryOptions,
  access: "pull" | "push" = "pull",
): WritableRepository {
  return new Registries(options).repository(reference, access);
}

/** A repository of a registry. */
class RegistryRepository implements WritableRepository {
  readonly name: string;
  readonly #host: RegistryHost;
  readonly #repository: string;
  readonly #scope: string;

  constructor(host: RegistryHost, repository: string, access: "pull" | "push") {
    this.name = `oci://${host.host}/${repository}`;
    this.#host = host;
    this.#repository = repository;
    this.#scope = access === "push" ? pushScope(repository) : `repository:${repository}:pull`;
  }

  async listTags(signal?: AbortSignal): Promise<string[]> {
    const tags: string[] = [];
    const request = { path: `${this.#path("tags/list")}?n=1000`, subject: this.name, maxBytes: limits.answerBytes };
    for await (const { body } of this.#pages({ ...request, signal })) {
      const list = parseJson(body);
      const found = isJsonObject(list) ? (list.tags ?? []) : undefined;
      if (!Array.isArray(found))
        throw new OciError(
          "registry-error",
          `${this.name}: ${this.#host.host} gave something else than a list of tags`,
        );
      tags.push(...found.filter((tag) => typeof tag === "string"));
      if (tags.length > limits.tags)
        throw new OciError("too-large", `${this.name} has more tags than the ${limits.tags} that sheaf reads`);
    }
    return tags;
  }

  async rawManifest(reference: string, signal?: AbortSignal): Promise<RawManifest> {
    const subject = formatIn(this.name, reference);
    const { body: bytes, headers } = await this.#get({
      path: this.#path(`manifests/${reference}`),
      headers: { accept: Object.values(mediaTypes).join(", ") },
      subject,
      maxBytes: limits.manifestBytes,
      signal,
    });
    const digest = digestOf(bytes);
    if (isDigest(reference) && digest !== reference) {
      throw new OciError("digest-mismatch", `${subject}: ${this.#host.host} gave a manifest with the digest ${digest}`);
    }
    const mediaType = mediaTypeOf(bytes) ?? headers.get("content-type") ?? mediaTypes.manifest;
    return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  }

  async manifest(reference: string, signal?: AbortSignal): Promise<FetchedManifest> {
    return readManifest(await this.rawManifest(reference, signal), formatIn(this.name, reference));
  }

  async referrers(digest: string, signal?: AbortSignal): Promise<Descriptor[]> {
    const subject = `What refers to ${formatIn(this.name, digest)}`;
    const found: Descriptor[] = [];
    const pages = this.#pages({
      path: this.#path(`referrers/${digest}`),
      headers: { accept: mediaTypes.index },
      subject,
      // A registry without this list has the fallback tag instead; some of them do not answer 404.
      wanted: [200, 400, 404, 405, 501],
      maxBytes: limits.manifestBytes,
      signal,
    });
    for await (const { status, body } of pages) {
      if (status !== 200) return taggedReferrers(this, digest, signal);
      found.push(...parseReferrers(body, subject, found.length));
    }
    return found;
  }

  async blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Uint8Array> {
    const subject = `The blob ${descriptor.digest} of ${this.name}`;
    if (descriptor.size > limits.blobBytes) {
      const [size, limit] = [formatBytes(descriptor.size), formatBytes(limits.blobBytes)];
      throw new OciError("too-large", `${subject} has ${size}, more than the ${limit} that sheaf pulls`);
    }
    const { body } = await this.#get({
      path: this.#path(`blobs/${descriptor.digest}`),
      subject,
      // One byte more than wanted, so that the check of the content is the one to complain.
      maxBytes: limits.blobBytes + 1,
      signal,
      check: () => new ContentCheck(descriptor, subject),
    });
    return body;
  }

  async pushBlob(descriptor: Descriptor, content: BlobContent, { from, signal }: PushBlobOptions = {}): Promise<void> {
    const source = from instanceof RegistryRepository && from.#host === this.#host ? from.#repository : undefined;
    const upload = new BlobUpload(this.#host, {
      repository: this.#repository,
      name: this.name,
      descriptor,
      source,
      signal,
    });
    await upload.send(content);
  }

  async pushManifest(reference: string, { descriptor, bytes }: RawManifest, signal?: AbortSignal): Promise<void> {
    const subject = formatIn(this.name, reference);
    const { headers } = await this.#host.send({
      path: this.#path(`manifests/${reference}`),
      method: "PUT",
      headers: { "content-type": descriptor.mediaType },
      body: Buffer.from(bytes),
      subject,
      scope: pushScope(this.#repository),
      wanted: [200, 201, 202],
      maxBytes: limits.answerBytes,
      signal,
    });
    const stored = headers.get("docker-content-digest");
    if (stored === null || stored === descriptor.digest) return;
    throw new OciError(
      "digest-mismatch",
      `${subject}: ${this.#host.host} says that it stored ${stored.slice(0, 80)}, but was sent ${descriptor.digest}`,
    );
  }

  async delete(reference: string, signal?: AbortSignal): Promise<void> {
    const subject = formatIn(this.name, reference);
    const { status } = await this.#host.send({
      path: this.#path(`manifests/${reference}`),
      method: "DELETE",
      subject,
      scope: `repository:${this.#repository}:delete,pull`,
      wanted: isDigest(reference) ? deleted : [...deleted, ...undeletable],
      maxBytes: limits.answerBytes,
      signal,
    });
    if (deleted.includes(status)) return;
    const way = "name the digest instead, which deletes it with all of its tags";
    throw new OciError("registry-error", `${subject}: ${this.#host.host} takes no single tags away; ${way}`, {
      status,
    });
  }

  #path(rest: string): string {
    return `/v2/${this.#repository}/${rest}`;
  }

  /** The answers to a request for a list: the first page, and those that each says come next. */
  async *#pages(request: Omit<HostRequest, "scope">): AsyncGenerator<RegistryAnswer> {
    const asked = new Set<string>();
    for (let path: string | undefined = request.path; path !== undefined; ) {
      const fault = asked.has(path) ? "pages that come again" : `more than ${limits.pages} pages`;
      if (asked.has(path) || asked.size >= limits.pages)
        throw new OciError("too-large", `${request.subject}: ${this.#host.host} gives a list of ${fault}`);
      asked.add(path);
      const answer: RegistryAnswer = await this.#get({ ...request, path });
      yield answer;
      path = nextPage(answer);
    }
  }

  #get(request: Omit<HostRequest, "scope">): Promise<RegistryAnswer> {
    return this.#host.send({ ...request, scope: this.#scope });
  }
}

/** How registries answer when something is deleted, and when they delete nothing by its tag. */
const deleted: readonly number[] = [200, 202, 204];
const undeletable: readonly number[] = [400, 405];

/** The address of the next page of a list (RFC 8288), or undefined after the last. */
function nextPage({ headers, url }: RegistryAnswer): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(headers.get("link") ?? "")?.[1];
  if (target === undefined || !URL.canParse(target, url)) return undefined;
  return new URL(target, url).href;
}
