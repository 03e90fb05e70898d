import { type Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { gunzipSync } from "node:zlib";
import { TargetError } from "../errors.js";
import type { Connection } from "./connection.js";
import { type HttpRequest, openAgent, requestOptionsOf } from "./http-request.js";
import { openStream } from "./http-stream.js";
import { abortError, onAbort, pause, throwIfAborted } from "./pause.js";

/**
 * An answer of any status. `serverTimeMs` is its Date header, in milliseconds since the epoch (NaN without one), `tookMs` how
 * long the last attempt took, `attempts` how many there were.
 */
export type HttpResponse = Readonly<{
  status: number;
  body: string;
  serverTimeMs: number;
  tookMs: number;
  attempts: number;
}>;

/** An answer that goes on: `lines` come as the server sends them, and end when it does. A connection that breaks throws. */
export type HttpStream = Readonly<{ status: number; lines: AsyncIterable<string> }>;

export type HttpClient = Readonly<{
  send(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Opens a stream, once: nothing is repeated but what a 401 calls for. It breaks when nothing comes for `idleMs`, and when
   * the request's signal aborts.
   */
  open(request: HttpRequest, idleMs: number): Promise<HttpStream>;
  close(): void;
}>;

export type HttpClientOptions = Readonly<{
  userAgent: string;
  /** How many requests may be under way at a time; the others queue. 10 unless given. */
  maxConcurrent?: number;
  /** How often a request is sent at most. 6 unless given. */
  maxAttempts?: number;
  /** Waits; `setTimeout` unless given. */
  sleep?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Between 0 and 1, for jitter; `Math.random` unless given. */
  random?: () => number;
}>;

const defaultTimeoutMs = 30_000;
const firstDelayMs = 100;
const maxDelayMs = 5_000;
/** More streams than this wait for one to end. */
const maxStreams = 64;
const maxRetryAfterMs = 30_000;
/** A list answer larger than this is refused rather than filling the memory. */
const maxBodyBytes = 512 * 1024 * 1024;

const resetCodes = ["ECONNRESET", "EPIPE", "ECONNABORTED"];
const refusedCodes = ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"];

/**
 * An HTTP client for one API server: keep-alive connections, bounded concurrency, retries with exponential backoff and
 * jitter.
 *
 * Retried are 429 (always: the server did not start on it) and, for requests that may be repeated, 500, 502, 503, 504,
 * connections that break, and servers that went away after they had answered before. `Retry-After` is honoured.
 *
 * `send` throws a {@link TargetError} only when there is no answer: `unreachable`, `aborted`, `unauthorized` (no
 * credentials). Every answer, whatever its status, is returned.
 */
export async function createHttpClient(connection: Connection, options: HttpClientOptions): Promise<HttpClient> {
  const agent = await openAgent(connection, { keepAlive: true, maxSockets: options.maxConcurrent ?? 10 });
  // A stream holds its connection for long: it must not take one from the requests.
  let streamAgent: Promise<Agent> | undefined;
  const maxAttempts = options.maxAttempts ?? 6;
  const sleep = options.sleep ?? pause;
  const random = options.random ?? Math.random;
  let answeredBefore = false;

  async function send(request: HttpRequest): Promise<HttpResponse> {
    let renew = false;
    for (let attempt = 1; ; attempt++) {
      let retryAfterMs: number | undefined;
      try {
        const { response, headers } = await sendOnce(connection, options, agent, request, renew, attempt);
        answeredBefore = true;
        if (response.status === 401 && !renew) {
          renew = true; // a token may just have ended; the second 401 is final
          continue;
        }
        if (attempt >= maxAttempts || !isTransient(response, request)) return response;
        retryAfterMs = retryAfter(headers["retry-after"], response.serverTimeMs);
      } catch (error) {
        if (!(error instanceof ConnectionFault)) throw error;
        const again = request.method === "GET" || request.repeatable === true;
        const transient = error.kind === "reset" || (error.kind === "refused" && answeredBefore);
        if (attempt >= maxAttempts || !again || !transient) throw unreachable(connection, error);
      }
      const backoffMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1));
      await sleep(Math.max(retryAfterMs ?? 0, backoffMs * (0.5 + random() / 2)), request.signal);
    }
  }

  async function open(request: HttpRequest, idleMs: number): Promise<HttpStream> {
    streamAgent ??= openAgent(connection, { keepAlive: true, maxSockets: maxStreams });
    for (const renew of [false, true]) {
      throwIfAborted(request.signal);
      const requestOptions = await requestOptionsOf(connection, options.userAgent, await streamAgent, request, renew);
      try {
        const stream = await openStream(requestOptions, request.signal, {
          answerMs: connection.requestTimeoutMs ?? defaultTimeoutMs,
          idleMs,
        });
        if (stream.status !== 401 || renew) return stream;
        for await (const _ of stream.lines); // the connection is free again
      } catch (error) {
        throw error instanceof Error && !(error instanceof TargetError)
          ? unreachable(connection, faultOf(error))
          : error;
      }
    }
    throw new TypeError("the second attempt returns");
  }

  return {
    send,
    open,
    close: () => {
      agent.destroy();
      streamAgent?.then((opened) => opened.destroy());
    },
  };
}

function isWrite({ method, query }: HttpRequest): boolean {
  return method !== "GET" && query?.dryRun === undefined;
}

function isTransient({ status, body }: HttpResponse, request: HttpRequest): boolean {
  if (status === 429) return true;
  if (request.isFinal?.(body) === true) return false;
  return [500, 502, 503, 504].includes(status) && (request.method === "GET" || request.repeatable === true);
}

/** No answer came. `kind` tells what may help. */
class ConnectionFault extends Error {
  readonly kind: "reset" | "refused" | "timeout" | "other";

  constructor(kind: ConnectionFault["kind"], message: string, cause: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

type Answer = Readonly<{ response: HttpResponse; headers: IncomingMessage["headers"] }>;

async function sendOnce(
  connection: Connection,
  options: HttpClientOptions,
  agent: Agent,
  request: HttpRequest,
  renew: boolean,
  attempts: number,
): Promise<Answer> {
  throwIfAborted(request.signal);
  const requestOptions = await requestOptionsOf(connection, options.userAgent, agent, request, renew);
  return exchange(requestOptions, request, connection.requestTimeoutMs ?? defaultTimeoutMs, attempts);
}

function exchange(options: RequestOptions, request: HttpRequest, timeoutMs: number, attempts: number): Promise<Answer> {
  return new Promise((done, fail) => {
    let startedAt = performance.now();
    const outgoing = (options.protocol === "https:" ? httpsRequest : httpRequest)(options);
    // The time in the queue of the agent does not count: the clock starts with the socket.
    let timer: NodeJS.Timeout | undefined;
    const timedOut = () =>
      outgoing.destroy(new ConnectionFault("timeout", `no answer within ${timeoutMs / 1000} s`, undefined));
    outgoing.once("socket", () => {
      startedAt = performance.now();
      if (timeoutMs > 0) timer = setTimeout(timedOut, timeoutMs);
    });
    // A write that is under way is left to end: who stops has to know whether it was done.
    const forget = onAbort(isWrite(request) ? undefined : request.signal, () =>
      outgoing.destroy(abortError(request.signal)),
    );
    const settle = (error?: Error) => {
      clearTimeout(timer);
      forget();
      if (error !== undefined) fail(error instanceof TargetError ? error : faultOf(error));
    };
    outgoing.once("error", settle);
    outgoing.once("response", (incoming) => {
      readBody(incoming).then((body) => {
        settle();
        const serverTimeMs = Date.parse(incoming.headers.date ?? "");
        const tookMs = performance.now() - startedAt;
        const response = { status: incoming.statusCode ?? 0, body, serverTimeMs, tookMs, attempts };
        done({ response, headers: incoming.headers });
      }, settle);
    });
    outgoing.end(request.body);
  });
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("a response without an encoding gives buffers");
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes)
      throw new TargetError("api-error", `the API server's answer is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const isGzip = incoming.headers["content-encoding"] === "gzip";
  return (isGzip ? gunzipSync(bytes, { maxOutputLength: maxBodyBytes }) : bytes).toString("utf8");
}

function faultOf(error: Error): ConnectionFault {
  if (error instanceof ConnectionFault) return error;
  // Happy Eyeballs collects the error of each address; the first one says enough.
  const [first] = error instanceof AggregateError ? error.errors : [];
  const cause = first instanceof Error ? first : error;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const kind = resetCodes.includes(code) ? "reset" : refusedCodes.includes(code) ? "refused" : "other";
  return new ConnectionFault(kind, cause.message === "" ? code : cause.message, error);
}

/** The error for a server that gave no answer, with what usually helps. */
function unreachable(connection: Connection, fault: ConnectionFault): TargetError {
  const { server } = connection;
  const place = `${server.hostname}:${server.port || (server.protocol === "https:" ? 443 : 80)}`;
  const cause = fault.cause instanceof Error && "code" in fault.cause ? String(fault.cause.code) : "";
  const hint = /CERT|SIGNATURE|ISSUER|ALTNAME/.test(cause)
    ? "; the server's certificate is not trusted: check certificate-authority and tls-server-name of the kubeconfig"
    : "";
  const via = connection.proxy === undefined ? "" : ` through the proxy ${connection.proxy.host}`;
  return new TargetError(
    "unreachable",
    `cannot reach the API server at ${place}${via}: ${fault.message}${hint} (${connection.description})`,
    { cause: fault },
  );
}

/** Seconds, or an HTTP date that counts from the answer's own, as milliseconds; bounded. */
function retryAfter(header: string | undefined, serverTimeMs: number): number | undefined {
  if (header === undefined) return undefined;
  const delayMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - serverTimeMs;
  return Number.isNaN(delayMs) ? undefined : Math.min(Math.max(delayMs, 0), maxRetryAfterMs);
}
