import { isJsonObject } from "../json/index.js";
import { Authorizer } from "./authorizer.js";
import type { CredentialSource } from "./credentials.js";
import { ContentCheck, digestOf, isDigest } from "./digest.js";
import { OciError } from "./errors.js";
import { formatBytes, limits } from "./limits.js";
import { type Descriptor, mediaTypes, parseJson, parseManifest } from "./manifest.js";
import type { Reference } from "./reference.js";
import { type FetchedManifest, formatIn, type Repository } from "./repository.js";
import { codeOf, type RegistryAnswer, Transport, type TransportOptions } from "./transport.js";

export type RegistryOptions = TransportOptions &
  Readonly<{
    credentials?: CredentialSource;
    /** Speak plain http to a registry that does not speak https. */
    insecure?: boolean;
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

  /** The repository of a reference, whatever its tag and digest; nothing is sent yet. */
  repository({ host, repository }: Pick<Reference, "host" | "repository">): Repository {
    const known = this.#hosts.get(host) ?? new RegistryHost(host, this.#transport, this.#options);
    this.#hosts.set(host, known);
    return new RegistryRepository(known, repository);
  }
}

/** A repository of a registry that is asked once. See {@link Registries} for several. */
export function openRepository(
  reference: Pick<Reference, "host" | "repository">,
  options: RegistryOptions,
): Repository {
  return new Registries(options).repository(reference);
}

/** One registry: how it is spoken to, and who it knows us as. */
class RegistryHost {
  readonly host: string;
  readonly #transport: Transport;
  readonly #insecure: boolean;
  readonly #authorizer: Authorizer;
  #origin: Promise<string> | undefined;

  constructor(host: string, transport: Transport, { credentials, insecure = false }: RegistryOptions) {
    this.host = host;
    this.#transport = transport;
    this.#insecure = insecure;
    this.#authorizer = new Authorizer({ transport, host, credentials, insecure });
  }

  /** `request.path` starts with `/v2/`, or is a whole address of this registry. */
  async send(request: HostRequest): Promise<RegistryAnswer> {
    this.#origin ??= this.#findOrigin(request.signal);
    const origin = await this.#origin.catch((fault: unknown) => {
      this.#origin = undefined;
      throw fault;
    });
    const url = new URL(request.path, origin);
    if (url.origin !== new URL(origin).origin) {
      throw new OciError("registry-error", `${request.subject}: ${this.host} points to another host, ${url.host}`);
    }
    const answer = await this.#authorizer.send({ ...request, url: url.href }, request.scope).catch((fault: unknown) => {
      if (this.#insecure || !(fault instanceof OciError) || !/^(?:EPROTO|ERR_SSL_.*)$/.test(codeOf(fault.cause) ?? ""))
        throw fault;
      const hint = "if it speaks plain http, allow that with --registry-insecure";
      throw new OciError("unreachable", `${fault.message} (${hint})`, { cause: fault });
    });
    if (answer.status === 200) return answer;
    throw await this.#refusal(answer, request.subject);
  }

  /**
   * https, unless plain http was allowed and the registry cannot be asked over https: then http. A certificate that is not
   * trusted is no reason to speak http.
   */
  async #findOrigin(signal: AbortSignal | undefined): Promise<string> {
    const apiHost = this.host === "docker.io" ? "registry-1.docker.io" : this.host;
    if (!this.#insecure) return `https://${apiHost}`;
    try {
      const subject = `The registry ${this.host}`;
      await this.#transport.send({
        url: `https://${apiHost}/v2/`,
        subject,
        signal,
        maxBytes: limits.answerBytes,
        attempts: 1,
      });
      return `https://${apiHost}`;
    } catch (fault) {
      const code = fault instanceof OciError && fault.code === "unreachable" ? (codeOf(fault.cause) ?? "") : "";
      if (!plainHttpCodes.test(code)) throw fault;
      return `http://${apiHost}`;
    }
  }

  async #refusal({ status, body }: RegistryAnswer, subject: string): Promise<OciError> {
    const said = errorText(body);
    const because = said === "" ? "" : `: ${said}`;
    const options = { status };
    if (status === 404) return new OciError("not-found", `${subject} does not exist${because}`, options);
    if (status === 401)
      return new OciError("unauthorized", `${subject}: ${await this.#authorizer.hint()}${because}`, options);
    if (status === 403)
      return new OciError("forbidden", `${subject}: ${this.host} does not allow it${because}`, options);
    return new OciError("registry-error", `${subject}: ${this.host} answered HTTP ${status}${because}`, options);
  }
}

type HostRequest = Readonly<{
  path: string;
  scope: string;
  subject: string;
  maxBytes: number;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  check?: () => ContentCheck;
}>;

/** What https fails with where nobody, or somebody who speaks no TLS, listens. */
const plainHttpCodes = /^(?:ECONNREFUSED|ECONNRESET|EPROTO|UND_ERR_SOCKET|ERR_SSL_.*)$/;

class RegistryRepository implements Repository {
  readonly name: string;
  readonly #host: RegistryHost;
  readonly #repository: string;
  readonly #scope: string;

  constructor(host: RegistryHost, repository: string) {
    this.name = `oci://${host.host}/${repository}`;
    this.#host = host;
    this.#repository = repository;
    this.#scope = `repository:${repository}:pull`;
  }

  async listTags(signal?: AbortSignal): Promise<string[]> {
    const tags: string[] = [];
    let path: string | undefined = `${this.#path("tags/list")}?n=1000`;
    for (let page = 0; path !== undefined; page++) {
      const answer = await this.#get({ path, subject: this.name, maxBytes: limits.answerBytes, signal });
      const list = parseJson(answer.body);
      const found = isJsonObject(list) ? (list.tags ?? []) : undefined;
      if (!Array.isArray(found))
        throw new OciError(
          "registry-error",
          `${this.name}: ${this.#host.host} gave something else than a list of tags`,
        );
      tags.push(...found.filter((tag) => typeof tag === "string"));
      if (page >= limits.tagPages || tags.length > limits.tags) {
        throw new OciError(
          "too-large",
          `${this.name} has more tags than sheaf reads (${limits.tags} on ${limits.tagPages} pages)`,
        );
      }
      path = nextPage(answer);
    }
    return tags;
  }

  async manifest(reference: string, signal?: AbortSignal): Promise<FetchedManifest> {
    const subject = formatIn(this.name, reference);
    const { body: bytes } = await this.#get({
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
    const manifest = parseManifest(bytes, subject);
    return { descriptor: { mediaType: manifest.mediaType, digest, size: bytes.length }, manifest, bytes };
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

  #path(rest: string): string {
    return `/v2/${this.#repository}/${rest}`;
  }

  #get(request: Omit<HostRequest, "scope">): Promise<RegistryAnswer> {
    return this.#host.send({ ...request, scope: this.#scope });
  }
}

/** The address of the next page of a list (RFC 8288), or undefined after the last. */
function nextPage({ headers, url }: RegistryAnswer): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(headers.get("link") ?? "")?.[1];
  if (target === undefined || !URL.canParse(target, url)) return undefined;
  return new URL(target, url).href;
}

/** What a registry says about a refusal (`errors[].code` and `.message`), as one line that cannot steer a terminal. */
function errorText(body: Uint8Array): string {
  const answer = parseJson(body);
  const errors = isJsonObject(answer) && Array.isArray(answer.errors) ? answer.errors : [];
  const lines = errors
    .filter(isJsonObject)
    .map(({ code, message }) => [code, message].filter((text) => typeof text === "string" && text !== "").join(" "));
  return lines
    .join(", ")
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, 300);
}
