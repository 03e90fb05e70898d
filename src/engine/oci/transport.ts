import { setTimeout as delay } from "node:timers/promises";
import type { Fetch, FetchAnswer } from "../network/index.js";
import { OciError } from "./errors.js";
import { formatBytes, limits } from "./limits.js";

export type TransportOptions = Readonly<{
  fetch: Fetch;
  userAgent?: string;
  /** How often a request is sent at most, the first time included (4 unless given). */
  attempts?: number;
  /** How long to wait for an answer, and for each next part of it (30 000 unless given). */
  timeoutMs?: number;
  /** Waits between attempts; a test passes its own. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}>;

export type RegistryRequest = Readonly<{
  url: string;
  method?: string;
  headers?: Readonly<Record<string, string>>;
  /** Goes to the origin of `url` alone: a redirect to another one loses it. */
  authorization?: string | undefined;
  body?: string | Uint8Array<ArrayBuffer>;
  signal?: AbortSignal | undefined;
  /** Answers longer than this are an error. */
  maxBytes: number;
  /** Instead of the transport's own number. */
  attempts?: number;
  /** What is asked for, as messages call it. */
  subject: string;
  /** Sees each part of a good answer as it comes, and throws when it is not as wanted. */
  check?: () => ContentSink;
}>;

export type ContentSink = Readonly<{ update(chunk: Uint8Array): void; finish(): void }>;

/** What a step came to: its result, or when it should be tried again (the usual pause, if nothing says so). */
export type StepResult<T> = Readonly<{ done: T }> | Readonly<{ retryAfterMs: number | undefined }>;

/** A whole answer. `url` is where it came from, after redirects. */
export type RegistryAnswer = Readonly<{
  status: number;
  headers: FetchAnswer["headers"];
  body: Uint8Array;
  url: string;
}>;

/** Statuses at which the same request may succeed later; 416 says that an upload has not come as far as was thought. */
const retriedStatuses = new Set([408, 416, 429, 500, 502, 503, 504]);
const redirectStatuses = new Set([301, 302, 303, 307, 308]);
/** Faults of a connection that a new one may not have. */
const retriedCodes = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
]);
/** How many times `timeoutMs` an answer may take that comes drop by drop. */
const longestAnswerFactor = 20;
/** What a line must carry at least, so that what is sent has time to get there. */
const slowestBytesPerMs = 32;
const firstDelayMs = 250;
const longestDelayMs = 60_000;

/** Sends requests: follows redirects without taking credentials along, bounds answers, and tries again where it may help. */
export class Transport {
  readonly #options: Required<TransportOptions>;

  constructor(options: TransportOptions) {
    this.#options = {
      userAgent: "sheaf",
      attempts: 4,
      timeoutMs: 30_000,
      sleep: async (ms, signal) => delay(ms, undefined, { signal }),
      ...options,
    };
  }

  /**
   * Sends a request until it is answered with a status that another attempt would not change.
   *
   * @throws {OciError} `unreachable`, `timeout`, `aborted`, `too-large`, or what `check` throws after the last attempt
   */
  async send(request: RegistryRequest): Promise<RegistryAnswer> {
    const { attempts = this.#options.attempts } = request;
    return this.repeat(request, attempts, async (isLast) => {
      const answer = await this.#follow(request);
      const waitMs = retryAfterMs(answer.headers);
      if (isLast || !retriedStatuses.has(answer.status) || isTooLong(waitMs)) return { done: answer };
      return { retryAfterMs: waitMs };
    });
  }

  /**
   * Runs a step until it is done, fails for good, or has failed `attempts` times. A step that takes several requests sends
   * each of them once and throws what went wrong; then all of them are sent again.
   */
  async repeat<T>(
    request: Pick<RegistryRequest, "url" | "subject" | "signal">,
    attempts: number,
    step: (isLast: boolean) => Promise<StepResult<T>>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      let waitMs: number | undefined;
      try {
        const result = await step(attempt >= attempts);
        if ("done" in result) return result.done;
        waitMs = result.retryAfterMs;
      } catch (cause) {
        const fault = asOciError(cause, request);
        if (attempt >= attempts || !mayRetry(fault) || isTooLong(fault.retryAfterMs)) throw fault;
        waitMs = fault.retryAfterMs;
      }
      waitMs ??= firstDelayMs * 2 ** (attempt - 1);
      await this.#options.sleep(waitMs, request.signal).catch((cause: unknown) => {
        throw asOciError(cause, request);
      });
    }
  }

  /** How often a request is sent at most. */
  get attempts(): number {
    return this.#options.attempts;
  }

  async #follow(request: RegistryRequest): Promise<RegistryAnswer> {
    let url = new URL(request.url);
    let { authorization } = request;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#sendOnce(request, url, authorization);
      const location = answer.headers.get("location");
      if (!redirectStatuses.has(answer.status) || location === null) return answer;
      if (redirects >= limits.redirects) {
        throw new OciError(
          "registry-error",
          `${request.subject}: ${url.host} redirects more than ${limits.redirects} times`,
        );
      }
      const next = new URL(location, url);
      if (next.protocol !== "https:" && next.protocol !== url.protocol) {
        throw new OciError(
          "registry-error",
          `${request.subject}: ${url.host} redirects to ${next.protocol}//${next.host}, which is not encrypted`,
        );
      }
      if (next.origin !== url.origin && request.body !== undefined) {
        throw new OciError(
          "registry-error",
          `${request.subject}: ${url.host} redirects what was sent to it to ${next.host}`,
        );
      }
      if (next.origin !== url.origin) authorization = undefined;
      url = next;
    }
  }

  async #sendOnce(request: RegistryRequest, url: URL, authorization: string | undefined): Promise<RegistryAnswer> {
    const stall = new AbortController();
    const { timeoutMs } = this.#options;
    const stop = () => stall.abort(new StallError());
    const sendMs = Math.ceil(Buffer.byteLength(request.body ?? "") / slowestBytesPerMs);
    const alarm = setTimeout(stop, timeoutMs + sendMs);
    const lastAlarm = setTimeout(stop, timeoutMs * longestAnswerFactor + sendMs);
    const signal = request.signal === undefined ? stall.signal : AbortSignal.any([stall.signal, request.signal]);
    try {
      const response = await this.#options.fetch(url.href, {
        method: request.method ?? "GET",
        headers: {
          "user-agent": this.#options.userAgent,
          // Digests are of the bytes as they are stored, so nothing on the way may compress them.
          "accept-encoding": "identity",
          ...request.headers,
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: "manual",
        signal,
      });
      const body = await readBody(response, request, () => alarm.refresh());
      return { status: response.status, headers: response.headers, body, url: url.href };
    } catch (fault) {
      // What fails after the alarm has cut the connection fails for that reason.
      throw stall.signal.aborted && !(fault instanceof OciError) ? stall.signal.reason : fault;
    } finally {
      clearTimeout(alarm);
      clearTimeout(lastAlarm);
    }
  }
}

/** The registry answered nothing for too long. */
class StallError extends Error {
  override readonly name = "StallError";
}

async function readBody(response: FetchAnswer, request: RegistryRequest, onPart: () => void): Promise<Uint8Array> {
  const good = response.status === 200;
  const maxBytes = good ? request.maxBytes : limits.answerBytes;
  const sink = good ? request.check?.() : undefined;
  const parts: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by an error ends the transfer.
  for await (const part of response.body ?? []) {
    onPart();
    size += part.length;
    if (size > maxBytes) {
      throw new OciError(
        "too-large",
        `${request.subject} is larger than the ${formatBytes(maxBytes)} that sheaf reads`,
      );
    }
    sink?.update(part);
    parts.push(part);
  }
  sink?.finish();
  return Buffer.concat(parts);
}

function asOciError(cause: unknown, request: Pick<RegistryRequest, "url" | "subject" | "signal">): OciError {
  if (cause instanceof OciError) return cause;
  const { host } = new URL(request.url);
  if (request.signal?.aborted)
    return new OciError("aborted", `${request.subject}: stopped before ${host} had answered`, { cause });
  if (cause instanceof StallError)
    return new OciError("timeout", `${request.subject}: ${host} did not answer in time`, { cause });
  return new OciError("unreachable", `${request.subject}: cannot reach ${host}: ${reasonOf(cause)}`, { cause });
}

/** Faults of a connection that Node tells in the words of the system. */
const reasons = [
  { codes: /^(?:ENOTFOUND|EAI_AGAIN)$/, reason: "there is no address for this name" },
  { codes: /^ECONNREFUSED$/, reason: "nothing listens there" },
  { codes: /^(?:ECONNRESET|EPIPE)$/, reason: "the connection was cut" },
  { codes: /^(?:EPROTO|ERR_SSL_.*)$/, reason: "it does not speak TLS as it should" },
] as const;

/** Node's fetch says "fetch failed" and puts what failed into the cause. */
function reasonOf(fault: unknown): string {
  const code = codeOf(fault) ?? "";
  const known = reasons.find(({ codes }) => codes.test(code));
  if (known !== undefined) return `${known.reason} (${code})`;
  if (!(fault instanceof Error)) return String(fault);
  if (fault.cause instanceof Error) return reasonOf(fault.cause);
  if (fault instanceof AggregateError && fault.errors.length > 0) return reasonOf(fault.errors[0]);
  return fault.message || codeOf(fault) || fault.name;
}

/** The code of the system's or the HTTP client's error at the root of a fault. */
export function codeOf(fault: unknown): string | undefined {
  if (!(fault instanceof Error)) return undefined;
  return codeOf(fault.cause) ?? ("code" in fault && typeof fault.code === "string" ? fault.code : undefined);
}

/** Whether a registry wants to be left alone for longer than a user would wait. */
function isTooLong(waitMs: number | undefined): boolean {
  return waitMs !== undefined && waitMs > longestDelayMs;
}

function mayRetry(fault: OciError): boolean {
  if (fault.code === "timeout" || fault.code === "digest-mismatch") return true;
  if (fault.status !== undefined) return retriedStatuses.has(fault.status);
  return fault.code === "unreachable" && retriedCodes.has(codeOf(fault.cause) ?? "");
}

/** What Retry-After asks for. A date counts from the answer's own Date, so no two clocks are compared. */
export function retryAfterMs(headers: FetchAnswer["headers"]): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const ms = Date.parse(text) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
