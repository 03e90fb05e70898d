import { isJsonObject } from "../json/index.js";
import { Authorizer } from "./authorizer.js";
import { OciError } from "./errors.js";
import { limits } from "./limits.js";
import { parseJson } from "./manifest.js";
import type { RegistryOptions } from "./registry.js";
import { codeOf, type RegistryAnswer, type RegistryRequest, retryAfterMs, type Transport } from "./transport.js";

/** One registry: how it is spoken to, and who it knows us as. */
export class RegistryHost {
  readonly host: string;
  /** Blobs up to this size are sent in one request. */
  readonly chunkBytes: number;
  readonly #transport: Transport;
  readonly #insecure: boolean;
  readonly #authorizer: Authorizer;
  #origin: Promise<string> | undefined;

  constructor(host: string, transport: Transport, options: RegistryOptions) {
    const { credentials, insecure = false, chunkBytes = 8 * 1024 * 1024 } = options;
    this.host = host;
    this.chunkBytes = chunkBytes;
    this.#transport = transport;
    this.#insecure = insecure;
    this.#authorizer = new Authorizer({ transport, host, credentials, insecure });
  }

  /**
   * Sends a request and gives its answer, if its status is a wanted one.
   *
   * @throws {OciError} What the registry said, or why it could not be asked
   */
  async send(request: HostRequest): Promise<RegistryAnswer> {
    const answer = await this.#send(request);
    if ((request.wanted ?? [200]).includes(answer.status)) return answer;
    throw await this.#refusal(answer, request.subject);
  }

  /** Runs a step of several requests, each sent once, until it succeeds or another attempt would not help. */
  async repeat<T>(subject: string, signal: AbortSignal | undefined, step: () => Promise<T>): Promise<T> {
    const request = { url: `https://${this.host}`, subject, signal };
    return this.#transport.repeat(request, this.#transport.attempts, async () => ({ done: await step() }));
  }

  async #send(request: HostRequest): Promise<RegistryAnswer> {
    this.#origin ??= this.#findOrigin(request.signal);
    const origin = await this.#origin.catch((fault: unknown) => {
      this.#origin = undefined;
      throw fault;
    });
    const url = new URL(request.path, origin);
    if (url.origin !== new URL(origin).origin) return this.#sendElsewhere(request, url, origin);
    return this.#authorizer.send({ ...request, url: url.href }, request.scope).catch((fault: unknown) => {
      throw this.#withHint(fault);
    });
  }

  /** Uploads may go where the registry says, but nobody there gets credentials; nothing else leaves the registry. */
  async #sendElsewhere(request: HostRequest, url: URL, origin: string): Promise<RegistryAnswer> {
    const where = `${request.subject}: ${this.host} points to another`;
    if (!request.mayLeave) throw new OciError("registry-error", `${where} host, ${url.host}`);
    if (url.protocol !== "https:" && url.protocol !== new URL(origin).protocol) {
      throw new OciError("registry-error", `${where} address, ${url.origin}, which is not encrypted`);
    }
    return this.#transport.send({ ...request, url: url.href });
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
      if (!plainHttpCodes.test(code)) throw this.#withHint(fault);
      return `http://${apiHost}`;
    }
  }

  /** The same fault with what can be done about it, where that is known. */
  #withHint(fault: unknown): unknown {
    if (!(fault instanceof OciError)) return fault;
    const code = codeOf(fault.cause) ?? "";
    const hint = hints.find(({ codes }) => codes.test(code));
    if (hint === undefined || (hint.ofPlainHttp && this.#insecure)) return fault;
    return new OciError("unreachable", `${fault.message}; ${hint.text}`, { cause: fault });
  }

  async #refusal({ status, headers, body, url }: RegistryAnswer, subject: string): Promise<OciError> {
    const said = errorText(body);
    const because = said === "" ? "" : `: ${said}`;
    const options = { status, retryAfterMs: retryAfterMs(headers) };
    const { origin, host } = new URL(url);
    if ((status === 401 || status === 403) && origin !== (await this.#origin)) {
      const where = `${host}, where ${this.host} points to, answered HTTP ${status}`;
      return new OciError("registry-error", `${subject}: ${where}${because}`, options);
    }
    if (status === 404) return new OciError("not-found", `${subject} does not exist${because}`, options);
    if (status === 401)
      return new OciError("unauthorized", `${subject}: ${await this.#authorizer.hint()}${because}`, options);
    if (status === 403)
      return new OciError("forbidden", `${subject}: ${this.host} does not allow it${because}`, options);
    const { retryAfterMs: waitMs } = options;
    const again = waitMs === undefined ? "" : `; it can be asked again in ${Math.ceil(waitMs / 1000)} s`;
    return new OciError(
      "registry-error",
      `${subject}: ${this.host} answered HTTP ${status}${because}${again}`,
      options,
    );
  }
}

/** `path` starts with `/v2/`, or is a whole address of the registry. `scope` is what a token must allow. */
export type HostRequest = Pick<
  RegistryRequest,
  "subject" | "maxBytes" | "method" | "headers" | "body" | "signal" | "check"
> &
  Readonly<{
    path: string;
    scope: string;
    /** The statuses that are no fault; 200 unless given. */
    wanted?: readonly number[];
    attempts?: number;
    /** Whether the address may be another host's. */
    mayLeave?: boolean;
  }>;

/** What to do about faults of a connection. */
const hints = [
  {
    codes: /^(?:EPROTO|ERR_SSL_.*)$/,
    ofPlainHttp: true,
    text: "if it speaks plain http, allow that with --registry-insecure",
  },
  {
    codes: /SELF_SIGNED_CERT|^UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/,
    ofPlainHttp: false,
    text: "trust the authority that signed its certificate with --registry-ca FILE",
  },
];

/** What https fails with where nobody, or somebody who speaks no TLS, listens. */
const plainHttpCodes = /^(?:ECONNREFUSED|ECONNRESET|EPROTO|UND_ERR_SOCKET|ERR_SSL_.*)$/;

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
