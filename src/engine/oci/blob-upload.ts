import { OciError } from "./errors.js";
import { limits } from "./limits.js";
import type { Descriptor } from "./manifest.js";
import type { HostRequest, RegistryHost } from "./registry-host.js";
import type { BlobContent } from "./repository.js";
import type { RegistryAnswer } from "./transport.js";

export type BlobUploadOptions = Readonly<{
  repository: string;
  /** How messages call the repository. */
  name: string;
  descriptor: Descriptor;
  /** A repository of the same registry that may hold the blob. */
  source: string | undefined;
  signal: AbortSignal | undefined;
}>;

/** What a token must allow for pushing to a repository. */
export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`;
}

/** A session that the registry has opened for an upload: where it goes on, and how many bytes have arrived. */
type Session = Readonly<{ location: string; offset: number; chunkBytes: number }>;

/**
 * Brings one blob to a registry, as the distribution specification has it
 * (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-blobs): not at all where it is there
 * already, linked from another repository, in one request, or in chunks. After a fault the registry is asked how much
 * has arrived, and the upload goes on there.
 */
export class BlobUpload {
  readonly #host: RegistryHost;
  readonly #options: BlobUploadOptions;
  readonly #subject: string;
  #session: Session | undefined;

  constructor(host: RegistryHost, options: BlobUploadOptions) {
    this.#host = host;
    this.#options = options;
    this.#subject = `The blob ${options.descriptor.digest} of ${options.name}`;
  }

  /** @throws {OciError} When it cannot be brought there, even by another attempt */
  async send(content: BlobContent): Promise<void> {
    await this.#host.repeat(this.#subject, this.#options.signal, async () => {
      if (await this.#exists()) return;
      const known = this.#session;
      this.#session = known && (await this.#resume(known));
      this.#session ??= await this.#start();
      if (this.#session !== undefined) await this.#fill(this.#session, await content());
    });
  }

  async #exists(): Promise<boolean> {
    const path = `/v2/${this.#options.repository}/blobs/${this.#options.descriptor.digest}`;
    return (await this.#send({ path, method: "HEAD", wanted: [200, 404] })).status === 200;
  }

  /** Opens a session; undefined when the blob could be linked instead. */
  async #start(): Promise<Session | undefined> {
    const { repository, source, descriptor } = this.#options;
    const query = source === undefined ? "" : `?${new URLSearchParams({ mount: descriptor.digest, from: source })}`;
    const path = `/v2/${repository}/blobs/uploads/${query}`;
    const answer = await this.#send({ path, method: "POST", wanted: [201, 202] });
    return answer.status === 201 ? undefined : this.#sessionOf(answer, 0);
  }

  /** The session as the registry knows it; undefined where it does not any more. */
  async #resume({ location }: Session): Promise<Session | undefined> {
    const answer = await this.#send({ path: location, wanted: [204, 400, 404, 405, 416] });
    const last = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.get("range") ?? "")?.[1];
    if (answer.status !== 204 || last === undefined) return undefined;
    // A session without a byte says 0-0, as one with a single byte would, which is never sent.
    return this.#sessionOf(answer, last === "0" ? 0 : Number(last) + 1);
  }

  async #fill(session: Session, bytes: Uint8Array): Promise<void> {
    let { location, offset } = session;
    if (bytes.length > session.chunkBytes) {
      while (offset < bytes.length) {
        const chunk = bytes.subarray(offset, offset + session.chunkBytes);
        const range = `${offset}-${offset + chunk.length - 1}`;
        const headers = { ...binary, "content-range": range };
        const body = Buffer.from(chunk);
        const answer = await this.#send({ path: location, method: "PATCH", headers, body, wanted: [202] });
        offset += chunk.length;
        this.#session = this.#sessionOf(answer, offset);
        location = this.#session.location;
      }
    }
    const path = `${location}${location.includes("?") ? "&" : "?"}digest=${encodeURIComponent(this.#options.descriptor.digest)}`;
    const body = Buffer.from(bytes.subarray(offset));
    await this.#send({ path, method: "PUT", headers: binary, body, wanted: [201, 204] });
  }

  #sessionOf({ headers, url }: RegistryAnswer, offset: number): Session {
    const location = headers.get("location") ?? "";
    if (location === "" || !URL.canParse(location, url)) {
      throw new OciError("registry-error", `${this.#subject}: ${this.#host.host} does not say where to send it`);
    }
    const least = Number(headers.get("oci-chunk-min-length") ?? 0) || 0;
    return { location: new URL(location, url).href, offset, chunkBytes: Math.max(this.#host.chunkBytes, least) };
  }

  /** Each request is sent once: after a fault the upload looks first at what has arrived. */
  #send(request: Omit<HostRequest, "scope" | "subject" | "maxBytes">): Promise<RegistryAnswer> {
    const { repository, source, signal } = this.#options;
    const scopes = [pushScope(repository), ...(source === undefined ? [] : [`repository:${source}:pull`])];
    const common = { subject: this.#subject, scope: scopes.join(" "), maxBytes: limits.answerBytes, signal };
    return this.#host.send({ ...common, attempts: 1, mayLeave: true, ...request });
  }
}

const binary = { "content-type": "application/octet-stream" };
