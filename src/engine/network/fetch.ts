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
  const routes = new Map<string, Promise<Route>>();
  const routeOf = (url: URL): Promise<Route> => {
    const proxy = environmentProxy(url, env);
    const key = `${url.protocol} ${proxy?.href ?? ""}`;
    const route = routes.get(key) ?? openRoute(url, proxy, trusted);
    routes.set(key, route);
    return route;
  };
  return async (address, { method, headers, body, signal }) => {
    const url = new URL(address);
    const { agent, proxy } = await routeOf(url);
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...headers, ...length }, agent, signal, ...(trusted && { ca: trusted }) };
    const send = (proxy ?? url).protocol === "https:" ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const request =
        proxy === undefined
          ? send(url, options)
          : send(proxy, { ...options, path: url.href, headers: { ...options.headers, ...hopHeaders(url, proxy) } });
      request.on("response", (response) => resolve(answerOf(response)));
      // A registry that refuses early may close before it has read everything: its answer then came first.
      request.on("error", reject);
      request.end(body);
    });
  };
}

/** How a server is reached; `proxy` is there where a proxy takes requests itself instead of tunnelling them. */
type Route = Readonly<{ agent: HttpAgent; proxy?: URL }>;

async function openRoute(url: URL, proxy: URL | undefined, ca: string[] | undefined): Promise<Route> {
  // Proxies such as squid tunnel to the port of https alone, so what is plain http is handed to them.
  const isHanded = url.protocol === "http:" && proxy?.protocol.startsWith("http") === true;
  if (proxy !== undefined && !isHanded) return { agent: await proxyAgent(proxy, { ...agentOptions, ca }) };
  const { protocol } = proxy ?? url;
  const agent = protocol === "https:" ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  return proxy === undefined ? { agent } : { agent, proxy };
}

/** What a proxy is told beside the request: whose it is, and who we are to the proxy. */
function hopHeaders(url: URL, proxy: URL): Record<string, string> {
  const [username, password] = [proxy.username, proxy.password].map(decodeURIComponent);
  const login = Buffer.from(`${username}:${password}`).toString("base64");
  return { host: url.host, ...(username !== "" && { "proxy-authorization": `Basic ${login}` }) };
}

function answerOf(response: IncomingMessage): FetchAnswer {
  const { statusCode = 0, headers } = response;
  return {
    status: statusCode,
    headers: { get: (name) => [headers[name.toLowerCase()] ?? []].flat().join(", ") || null },
    body: response,
  };
}
