import { createServer, type Server } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createHttpClient } from "../../../../src/engine/target/kubernetes/http.js";
import { proxyFor } from "../../../../src/engine/target/kubernetes/proxy.js";
import { pem, startFakeApi } from "./fake-api.js";

describe("proxyFor()", () => {
  const proxy = "http://proxy.test:3128";
  test.each<[string, string, Record<string, string>, string | undefined]>([
    ["nothing", "https://a.test", {}, undefined],
    ["HTTPS_PROXY", "https://a.test", { HTTPS_PROXY: proxy }, "http://proxy.test:3128/"],
    ["https_proxy", "https://a.test", { https_proxy: proxy }, "http://proxy.test:3128/"],
    ["without a scheme", "https://a.test", { HTTPS_PROXY: "proxy.test:3128" }, "http://proxy.test:3128/"],
    ["HTTP_PROXY is for http", "https://a.test", { HTTP_PROXY: proxy }, undefined],
    ["HTTP_PROXY", "http://a.test", { HTTP_PROXY: proxy }, "http://proxy.test:3128/"],
    ["loopback", "https://127.0.0.1:6443", { HTTPS_PROXY: proxy }, undefined],
    ["localhost", "https://localhost:6443", { HTTPS_PROXY: proxy }, undefined],
    ["::1", "https://[::1]:6443", { HTTPS_PROXY: proxy }, undefined],
    ["*", "https://a.test", { HTTPS_PROXY: proxy, NO_PROXY: "*" }, undefined],
    ["a host", "https://a.test", { HTTPS_PROXY: proxy, NO_PROXY: "b.test, a.test" }, undefined],
    ["a parent", "https://x.a.test", { HTTPS_PROXY: proxy, NO_PROXY: "a.test" }, undefined],
    [".domain", "https://x.a.test", { HTTPS_PROXY: proxy, no_proxy: ".a.test" }, undefined],
    [
      ".domain is not the domain",
      "https://a.test",
      { HTTPS_PROXY: proxy, NO_PROXY: ".a.test" },
      "http://proxy.test:3128/",
    ],
    ["no suffix of a word", "https://ba.test", { HTTPS_PROXY: proxy, NO_PROXY: "a.test" }, "http://proxy.test:3128/"],
    ["a port", "https://a.test:6443", { HTTPS_PROXY: proxy, NO_PROXY: "a.test:6443" }, undefined],
    ["another port", "https://a.test", { HTTPS_PROXY: proxy, NO_PROXY: "a.test:6443" }, "http://proxy.test:3128/"],
    ["a range", "https://10.1.2.3", { HTTPS_PROXY: proxy, NO_PROXY: "10.0.0.0/8" }, undefined],
    [
      "outside the range",
      "https://11.1.2.3",
      { HTTPS_PROXY: proxy, NO_PROXY: "10.0.0.0/8" },
      "http://proxy.test:3128/",
    ],
  ])("%s", (_, server, env, wanted) => {
    expect(proxyFor(new URL(server), "", env)?.href).toBe(wanted);
  });

  test("the cluster's own proxy is used in any case", () => {
    const env = { NO_PROXY: "*" };
    expect(proxyFor(new URL("https://127.0.0.1"), "socks5://p.test:1080", env)?.href).toBe("socks5://p.test:1080");
  });
});

describe("requests", () => {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of cleanUp.splice(0)) await step();
  });
  const listen = async (server: Server | ReturnType<typeof createTcpServer>) => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    cleanUp.push(() => server.close());
    return address.port;
  };

  /** Asks a fake API behind the proxy at this URL. */
  async function askThrough(proxy: string): Promise<number> {
    const api = await startFakeApi(() => ({}));
    cleanUp.push(api.close);
    const http = await createHttpClient(
      {
        description: "context test",
        server: new URL(api.url),
        namespace: "default",
        tls: { ca: pem("ca.pem"), serverName: undefined, insecure: false },
        proxy: new URL(proxy),
        credentials: { current: async () => ({ headers: {} }) },
        headers: {},
        requestTimeoutMs: 5000,
      },
      { userAgent: "sheaf/test" },
    );
    cleanUp.push(http.close);
    const { status } = await http.send({ method: "GET", path: "/version" });
    await http.send({ method: "GET", path: "/version" });
    return status;
  }

  test("go through an HTTP proxy, with its password, over one tunnel", async () => {
    const seen: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket: Socket, head: Buffer) => {
      seen.push(request.url, request.headers["proxy-authorization"]);
      const [host, port] = (request.url ?? "").split(":");
      const upstream = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
    });
    const port = await listen(proxy);
    expect(await askThrough(`http://me:pass@127.0.0.1:${port}`)).toBe(200);
    expect(seen).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/), `Basic ${btoa("me:pass")}`]);
  });

  test("go through a SOCKS proxy", async () => {
    let tunnels = 0;
    const proxy = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write(Buffer.from([5, 0]));
        socket.once("data", (wanted) => {
          // version, command, reserved, address type 1 (IPv4), four bytes, port
          const upstream = connect(wanted.readUInt16BE(8), [...wanted.subarray(4, 8)].join("."), () => {
            tunnels++;
            socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
            upstream.pipe(socket).pipe(upstream);
          });
          upstream.on("error", () => socket.destroy());
        });
      });
    });
    const port = await listen(proxy);
    expect(await askThrough(`socks5://127.0.0.1:${port}`)).toBe(200);
    expect(tunnels).toBe(1);
  });

  test("a proxy that is not there is named, without its password", async () => {
    const error: unknown = await askThrough("http://me:S3CR3T@127.0.0.1:1").catch((reason) => reason);
    expect(error).toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("through the proxy 127.0.0.1:1"),
    });
    expect(String(error)).not.toContain("S3CR3T");
  });
});
