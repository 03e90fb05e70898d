import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener, request as requestHttp } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createFetch, environmentProxy, type FetchAnswer } from "../../../src/engine/network/index.js";

const pem = (name: string) => readFileSync(join(import.meta.dirname, "../../fixtures/tls", name), "utf8");
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0)) await step();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  cleanUp.push(() => server.close());
  return address.port;
}

const echo: RequestListener = async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  response.writeHead(201, {
    "x-got": `${request.method} ${Buffer.concat(parts)} ${request.headers["content-length"]}`,
  });
  response.end("answer");
};
const startTls = () => listen(createHttpsServer({ key: pem("server.key"), cert: pem("server.pem") }, echo));

async function textOf({ body }: FetchAnswer): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}

const init = () => ({ method: "PUT", headers: {}, redirect: "manual", signal: new AbortController().signal }) as const;

/** A proxy that takes https as tunnels and http as requests, all to one port. It notes what it was asked for. */
async function startProxy(port: number): Promise<Readonly<{ url: string; asked: string[] }>> {
  const asked: string[] = [];
  const proxy = createHttpServer((request, response) => {
    asked.push(`${request.url} ${request.headers.host} ${request.headers["proxy-authorization"]}`);
    const { method, headers } = request;
    const upstream = requestHttp({ port, method, headers }, (answer) => answer.pipe(response));
    request.pipe(upstream);
  });
  proxy.on("connect", (request, socket: Socket, head: Buffer) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    const upstream = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    cleanUp.push(() => [socket.destroy(), upstream.destroy()]);
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  return { url: `http://127.0.0.1:${await listen(proxy)}`, asked };
}

describe("createFetch()", () => {
  test("sends a body with its length, and gives status, headers and content", async () => {
    const port = await listen(createHttpServer(echo));
    const answer = await createFetch({ env: {} })(`http://127.0.0.1:${port}/x`, { ...init(), body: "hällo" });
    expect([answer.status, answer.headers.get("X-Got"), answer.headers.get("x-none")]).toEqual([
      201,
      "PUT hällo 6",
      null,
    ]);
    expect(await textOf(answer)).toBe("answer");
  });

  test("trusts the authorities that it is given, and no others", async () => {
    const url = `https://127.0.0.1:${await startTls()}/`;
    const answer = await createFetch({ env: {}, ca: pem("ca.pem") })(url, init());
    expect(await textOf(answer)).toBe("answer");
    await expect(createFetch({ env: {} })(url, init())).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|LEAF_SIGNATURE/),
    });
  });

  test("refuses a file of authorities that has none", () => {
    expect(() => createFetch({ env: {}, ca: "hello" })).toThrow(expect.objectContaining({ code: "bad-certificate" }));
  });

  test.each(["http", "https"])("goes through the proxy of the environment: %s", async (scheme) => {
    const port = await (scheme === "http" ? listen(createHttpServer(echo)) : startTls());
    const { url, asked } = await startProxy(port);
    const withLogin = url.replace("//", "//me:s%40cret@");
    // The name is in the certificate and resolves nowhere: only the proxy can reach it.
    const fetch = createFetch({ env: { [`${scheme}_proxy`]: withLogin, NO_PROXY: "other.test" }, ca: pem("ca.pem") });
    const host = "api.test";
    const answer = await fetch(`${scheme}://${host}:${port}/`, init());
    expect(await textOf(answer)).toBe("answer");
    const login = `Basic ${Buffer.from("me:s@cret").toString("base64")}`;
    const at = `${host}:${port}`;
    expect(asked).toEqual([scheme === "http" ? `http://${at}/ ${at} ${login}` : `${at} ${login}`]);
  });

  test("ends with its signal", async () => {
    const port = await listen(createHttpServer(() => undefined));
    const controller = new AbortController();
    const attempt = createFetch({ env: {} })(`http://127.0.0.1:${port}/`, { ...init(), signal: controller.signal });
    controller.abort();
    await expect(attempt).rejects.toThrow(/abort/i);
  });
});

test("an http server on port 80 is exempted by its port", () => {
  const env = { HTTP_PROXY: "http://p.test", NO_PROXY: "a.test:80" };
  expect(environmentProxy(new URL("http://a.test"), env)).toBeUndefined();
});

// What Go's net/http answers for the same environment.
test.each([
  ["a.test", "https://x.a.test", true],
  ["A.TEST", "https://a.test", true],
  [" b.test , a.test", "https://a.test", true],
  ["*.a.test", "https://x.a.test", true],
  ["*.a.test", "https://a.test", false],
  [".a.test", "https://a.test", false],
  ["a.test:443", "https://a.test", true],
  [":443", "https://a.test", false],
  ["[::1]", "https://[::1]", true],
  ["fd00::/8", "https://[fd00::1]", true],
  ["fd00::1", "https://[fd00::1]", true],
  ["fd00:0:0:0::1", "https://[fd00::1]", true],
  ["[fd00::1]:6443", "https://[fd00::1]:6443", true],
  ["[fd00::1]:6443", "https://[fd00::1]", false],
  ["10.0.0.0/8", "https://[::ffff:10.1.2.3]", true],
  ["10.1.2.3/8", "https://10.9.9.9", true],
  ["10.0.0.1:443", "https://10.0.0.1", true],
  ["10.0.0.0/40", "https://10.0.0.1", false],
  ["10.0.0", "https://10.0.0.1", false],
  ["x", "https://127.0.0.2", true],
  ["x", "https://localhost", true],
  ["x", "https://sub.localhost", false],
])("NO_PROXY=%s exempts %s: %s", (rule, url, exempt) => {
  const env = { HTTPS_PROXY: "http://p.test", NO_PROXY: rule };
  expect(environmentProxy(new URL(url), env) === undefined).toBe(exempt);
});

test("an empty NO_PROXY leaves the word to no_proxy", () => {
  const env = { HTTPS_PROXY: "http://p.test", NO_PROXY: "", no_proxy: "a.test" };
  expect(environmentProxy(new URL("https://a.test"), env)).toBeUndefined();
});

test("a proxy that is no URL is an error that does not show it", () => {
  const attempt = () => environmentProxy(new URL("https://a.test"), { HTTPS_PROXY: "ftp://me:S3CR3T@p" });
  expect(attempt).toThrow("HTTPS_PROXY is not the URL of a proxy");
  expect(attempt).not.toThrow("S3CR3T");
});
