import { Agent as HttpAgent, type RequestOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Connection } from "./connection.js";

/** A request to the API server. `path` starts with a slash and is below the server's own path. */
export type HttpRequest = Readonly<{
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: Readonly<Record<string, string>> | undefined;
  accept?: string;
  contentType?: string;
  /** Text of the body. It never shows up in a message. */
  body?: string;
  /** Whether sending it twice does no more than sending it once. GET always is. */
  repeatable?: boolean;
  /** Tells of a 5xx answer that it will not be another one next time. */
  isFinal?: (body: string) => boolean;
  signal?: AbortSignal | undefined;
}>;

/** Keeps connections to the server open; through the proxy where there is one. */
export async function openAgent(
  connection: Connection,
  options: Readonly<{ keepAlive: boolean; maxSockets: number }>,
): Promise<HttpAgent> {
  if (connection.proxy !== undefined)
    return (await import("../../network/index.js")).proxyAgent(connection.proxy, options);
  return connection.server.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
}

/** What Node's HTTP needs for a request; `renew` asks for a new proof of who we are. */
export async function requestOptionsOf(
  connection: Connection,
  userAgent: string,
  agent: HttpAgent,
  request: HttpRequest,
  renew: boolean,
): Promise<RequestOptions> {
  const proof = await connection.credentials.current(renew);
  const { server, tls } = connection;
  const query = new URLSearchParams(request.query).toString();
  const requestOptions: RequestOptions & { ca?: string; cert?: string; key?: string; servername?: string } = {
    agent,
    method: request.method,
    protocol: server.protocol,
    hostname: server.hostname.replace(/^\[|\]$/g, ""),
    port: server.port || (server.protocol === "https:" ? 443 : 80),
    path: `${server.pathname.replace(/\/$/, "")}${request.path}${query === "" ? "" : `?${query}`}`,
    headers: {
      "User-Agent": userAgent,
      Accept: request.accept ?? "application/json",
      "Accept-Encoding": "gzip",
      ...(request.body === undefined
        ? {}
        : {
            "Content-Type": request.contentType ?? "application/json",
            "Content-Length": Buffer.byteLength(request.body),
          }),
      ...connection.headers,
      ...proof.headers,
    },
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.insecure ? { rejectUnauthorized: false } : {}),
    ...(proof.cert === undefined ? {} : { cert: proof.cert }),
    ...(proof.key === undefined ? {} : { key: proof.key }),
  };
  return requestOptions;
}
