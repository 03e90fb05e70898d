import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { rootCertificates } from "node:tls";
import { NetworkError } from "./errors.js";
import { environmentProxy, proxyAgent } from "./proxy.js";

/** The part of `fetch` that sheaf needs. The standard `fetch` is one, too. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;
export type FetchInit = Readonly<{
  method: string;
  headers: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer>;
  redirect: "manual";
  signal: AbortSignal;
}>;
export type FetchAnswer = Readonly<{
  status: number;
  headers: Readonly<{ get(name: string): string | null }>;
  body: AsyncIterable<Uint8Array> | null;
}>;

export type FetchOptions = Readonly<{
  /** Names the proxies: see {@link environmentProxy}. */
  env: Readonly<Record<string, string | undefined>>;
  /** Certificates (PEM) of authorities to trust beside those that Node knows. */
  ca?: string | undefined;
}>;

const agentOptions = { keepAlive: true, maxSockets: 16 };

/**
 * Makes a `fetch` that honours proxies and takes certificate authorities, which that of Node 20 cannot. It stands on
 * `node:https`, which also starts in a third of the time.
 *
 * @throws {NetworkError} `bad-certificate` for a `ca` that holds none
 */
export function createFetch({ env, ca }: FetchOptions): Fetch {
  if (ca !== undefined && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    throw new NetworkError("bad-certificate", "The file of certificate authorities holds no certificate in PEM form");
  }
  const trusted = ca === undefined ? undefined : [...rootCertificates, ca];
  const agents = new Map<string, Promise<HttpAgent>>();
  const agentFor = (url: URL): Promise<HttpAgent> => {
    const proxy = environmentProxy(url, env);
    const key = `${url.protocol} ${proxy?.href ?? ""}`;
    const agent = agents.get(key) ?? openAgent(url, proxy, trusted);
    agents.set(key, agent);
    return agent;
  };
  return async (address, { method, headers, body, signal }) => {
    const url = new URL(address);
    const agent = await agentFor(url);
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...headers, ...length }, agent, signal, ...(trusted && { ca: trusted }) };
    return new Promise((resolve, reject) => {
      const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options);
      request.on("response", (response) => resolve(answerOf(response)));
      // A registry that refuses early may close before it has read everything: its answer then came first.
      request.on("error", reject);
      request.end(body);
    });
  };
}

async function openAgent(url: URL, proxy: URL | undefined, ca: string[] | undefined): Promise<HttpAgent> {
  if (proxy !== undefined) return proxyAgent(proxy, { ...agentOptions, ca });
  return url.protocol === "https:" ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
}

function answerOf(response: IncomingMessage): FetchAnswer {
  const { statusCode = 0, headers } = response;
  return {
    status: statusCode,
    headers: { get: (name) => [headers[name.toLowerCase()] ?? []].flat().join(", ") || null },
    body: response,
  };
}
