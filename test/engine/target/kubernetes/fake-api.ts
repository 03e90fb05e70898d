import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import type { JsonValue } from "../../../../src/engine/json/index.js";
import { createHttpClient, type HttpClient } from "../../../../src/engine/target/kubernetes/http.js";

/** The text of a test certificate or key. */
export function pem(name: string): string {
  return readFileSync(join(import.meta.dirname, "../../../fixtures/tls", name), "utf8");
}

/** What the fake saw of a request. `clientName` is the common name of the client's certificate. */
export type SeenRequest = Readonly<{
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
  clientName: string | undefined;
}>;

/** What the fake does: an answer, one that goes on as `stream` says, `reset` the connection, or `hang`. */
export type FakeAnswer =
  | Readonly<{ status?: number; stream: (out: ServerResponse) => unknown }>
  | Readonly<{ status?: number; headers?: Record<string, string>; json?: JsonValue; text?: string; bytes?: Buffer }>
  | "reset"
  | "hang";

export type FakeApi = Readonly<{ url: string; port: number; seen: SeenRequest[]; close(): Promise<void> }>;

/**
 * An API server in this process. `answers` is called for each request; its second argument counts the requests from 1.
 */
export async function startFakeApi(
  answers: (request: SeenRequest, count: number) => FakeAnswer | Promise<FakeAnswer>,
  options: Readonly<{ plain?: boolean; certificate?: "server" | "elsewhere" }> = {},
): Promise<FakeApi> {
  const seen: SeenRequest[] = [];
  const listener = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const url = new URL(incoming.url ?? "/", "http://fake");
    const request = {
      method: incoming.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString("utf8"),
      clientName: clientNameOf(incoming),
    };
    seen.push(request);
    const answer = await answers(request, seen.length);
    if (answer === "hang") return;
    if (answer === "reset") {
      incoming.socket.destroy();
      return;
    }
    if ("stream" in answer) {
      outgoing.writeHead(answer.status ?? 200, { "Content-Type": "application/json" });
      outgoing.flushHeaders();
      await answer.stream(outgoing);
      return;
    }
    outgoing.writeHead(answer.status ?? 200, { "Content-Type": "application/json", ...answer.headers });
    outgoing.end(answer.bytes ?? answer.text ?? JSON.stringify(answer.json ?? {}));
  };
  const certificate = options.certificate ?? "server";
  const tls = { cert: pem(`${certificate}.pem`), key: pem(`${certificate}.key`), ca: pem("ca.pem") };
  const server = options.plain
    ? createHttpServer(listener)
    : createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return {
    url: `${options.plain ? "http" : "https"}://127.0.0.1:${address.port}`,
    port: address.port,
    seen,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function clientNameOf({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  // A connection that is gone already has no certificate.
  const name = socket.getPeerCertificate().subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}

/** A client for a fake, which does not wait between its attempts. */
export function connectTo(url: string): Promise<HttpClient> {
  const connection = {
    description: "test",
    server: new URL(url),
    namespace: "default",
    tls: { ca: pem("ca.pem"), serverName: undefined, insecure: false },
    proxy: undefined,
    credentials: { current: async () => ({ headers: {} }) },
    headers: {},
    requestTimeoutMs: undefined,
  };
  return createHttpClient(connection, { userAgent: "test", sleep: async () => {} });
}

/** An error as the API writes it. */
export function failure(code: number, reason: string, message: string, causes: JsonValue = []): FakeAnswer {
  const json = { kind: "Status", apiVersion: "v1", status: "Failure", message, reason, details: { causes }, code };
  return { status: code, json };
}
