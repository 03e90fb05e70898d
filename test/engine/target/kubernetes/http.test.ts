import { ClientRequest, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Connection } from "../../../../src/engine/target/kubernetes/connection.js";
import { createHttpClient, type HttpClientOptions } from "../../../../src/engine/target/kubernetes/http.js";
import type { HttpRequest } from "../../../../src/engine/target/kubernetes/http-request.js";
import { pause } from "../../../../src/engine/target/kubernetes/pause.js";
import { type FakeAnswer, type FakeApi, pem, type SeenRequest, startFakeApi } from "./fake-api.js";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0)) await step();
});

async function fake(
  answers: (request: SeenRequest, count: number) => FakeAnswer | Promise<FakeAnswer>,
  options?: Parameters<typeof startFakeApi>[1],
): Promise<FakeApi> {
  const api = await startFakeApi(answers, options);
  cleanUp.push(api.close);
  return api;
}

/** A client for a fake; the waits between attempts are noted and not waited for. */
async function client(url: string, connection: Partial<Connection> = {}, options: Partial<HttpClientOptions> = {}) {
  const delays: number[] = [];
  const http = await createHttpClient(
    {
      description: "context test",
      server: new URL(url),
      namespace: "default",
      tls: { ca: pem("ca.pem"), serverName: undefined, insecure: false },
      proxy: undefined,
      credentials: { current: async () => ({ headers: {} }) },
      headers: {},
      requestTimeoutMs: undefined,
      ...connection,
    },
    {
      userAgent: "sheaf/test",
      random: () => 0.5,
      sleep: async (delayMs) => {
        delays.push(delayMs);
      },
      ...options,
    },
  );
  cleanUp.push(http.close);
  return { http, delays };
}

const read: HttpRequest = { method: "GET", path: "/api" };
const repeatable: HttpRequest = { method: "PATCH", path: "/api", body: "{}", repeatable: true };
const once: HttpRequest = { method: "POST", path: "/api", body: "{}" };

describe("send()", () => {
  test("carries path prefix, query, headers and body, and gives status, text and times", async () => {
    const api = await fake(() => ({
      status: 201,
      json: { ok: true },
      headers: { Date: "Sat, 21 Nov 2026 00:00:00 GMT" },
    }));
    const { http } = await client(`${api.url}/k8s/clusters/c-1/`, {
      headers: { "Impersonate-User": "jane", "Impersonate-Group": ["a", "b"] },
      credentials: { current: async () => ({ headers: { Authorization: "Bearer t" } }) },
    });
    const response = await http.send({ ...repeatable, query: { labelSelector: "a=b,c" }, contentType: "text/x" });
    expect(response).toMatchObject({
      status: 201,
      body: '{"ok":true}',
      attempts: 1,
      serverTimeMs: Date.UTC(2026, 10, 21),
    });
    const [seen] = api.seen;
    expect(seen?.path).toBe("/k8s/clusters/c-1/api");
    expect(seen?.query.get("labelSelector")).toBe("a=b,c");
    expect(seen?.body).toBe("{}");
    expect(seen?.headers).toMatchObject({
      authorization: "Bearer t",
      "content-type": "text/x",
      "content-length": "2",
      "impersonate-user": "jane",
      "impersonate-group": "a, b",
      "user-agent": "sheaf/test",
    });
  });

  test("reads a compressed answer", async () => {
    const api = await fake(() => ({ headers: { "Content-Encoding": "gzip" }, bytes: gzipSync("{}") }));
    const { http } = await client(api.url);
    expect((await http.send(read)).body).toBe("{}");
    expect(api.seen[0]?.headers["accept-encoding"]).toBe("gzip");
  });

  test.each<{ title: string; request: HttpRequest; answer: FakeAnswer; sent: number }>([
    { title: "429 to a read", request: read, answer: { status: 429 }, sent: 2 },
    { title: "429 to what must not be sent twice", request: once, answer: { status: 429 }, sent: 2 },
    { title: "500 to a read", request: read, answer: { status: 500 }, sent: 2 },
    { title: "503 to a repeatable write", request: repeatable, answer: { status: 503 }, sent: 2 },
    { title: "503 to what must not be sent twice", request: once, answer: { status: 503 }, sent: 1 },
    { title: "a 500 that is final", request: { ...repeatable, isFinal: () => true }, answer: { status: 500 }, sent: 1 },
    { title: "404", request: read, answer: { status: 404 }, sent: 1 },
    { title: "409", request: repeatable, answer: { status: 409 }, sent: 1 },
    { title: "a reset of a read", request: read, answer: "reset", sent: 2 },
    { title: "a reset of a repeatable write", request: repeatable, answer: "reset", sent: 2 },
  ])("$title is sent $sent times", async ({ request, answer, sent }) => {
    const api = await fake((_, count) => (count === 1 ? answer : { json: {} }));
    const { http, delays } = await client(api.url);
    const response = await http.send(request);
    expect(api.seen).toHaveLength(sent);
    expect(delays).toHaveLength(sent - 1);
    expect(response.attempts).toBe(sent);
    expect(response.status === 200).toBe(sent === 2);
  });

  test("a reset of what must not be sent twice is an error", async () => {
    const api = await fake(() => "reset");
    const { http } = await client(api.url);
    await expect(http.send(once)).rejects.toMatchObject({ code: "unreachable" });
    expect(api.seen).toHaveLength(1);
  });

  test("waits longer each time, with jitter, at most 5 s, and gives up with the last answer", async () => {
    const api = await fake(() => ({ status: 503, text: "busy" }));
    const { http, delays } = await client(api.url, {}, { maxAttempts: 9 });
    expect(await http.send(read)).toMatchObject({ status: 503, body: "busy", attempts: 9 });
    expect(delays).toEqual([75, 150, 300, 600, 1200, 2400, 3750, 3750]);
  });

  test.each([
    { title: "seconds", value: "7", delayMs: 7000 },
    { title: "a date, from the answer's own", value: "Mon, 21 Nov 2033 00:00:09 GMT", delayMs: 9000 },
    { title: "a date that is over", value: "Mon, 21 Nov 2033 00:00:00 GMT", delayMs: 75 },
    { title: "more than we want to wait", value: "3600", delayMs: 30_000 },
    { title: "nonsense", value: "soon", delayMs: 75 },
  ])("heeds Retry-After: $title", async ({ value, delayMs }) => {
    const headers = { "Retry-After": value, Date: "Mon, 21 Nov 2033 00:00:00 GMT" };
    const api = await fake((_, count) => (count === 1 ? { status: 429, headers } : {}));
    const { http, delays } = await client(api.url);
    await http.send(once);
    expect(delays).toEqual([delayMs]);
  });

  test("after 401 it asks for new credentials, once", async () => {
    const api = await fake((request) => ({ status: request.headers.authorization === "Bearer new" ? 200 : 401 }));
    const renewals: boolean[] = [];
    const current = (fresh: string) => async (renew: boolean) => {
      renewals.push(renew);
      return { headers: { Authorization: `Bearer ${renew ? fresh : "old"}` } };
    };
    const good = await client(api.url, { credentials: { current: current("new") } });
    expect(await good.http.send(read)).toMatchObject({ status: 200 });
    const bad = await client(api.url, { credentials: { current: current("wrong") } });
    expect(await bad.http.send(read)).toMatchObject({ status: 401 });
    expect(renewals).toEqual([false, true, false, true]);
  });

  test("a server that goes away during a run is waited for, one that never was is not", async () => {
    const api = await fake(() => ({}));
    const { http, delays } = await client(api.url, {}, { maxAttempts: 3 });
    await http.send(read);
    await api.close();
    await expect(http.send(read)).rejects.toMatchObject({ code: "unreachable" });
    expect(delays.length).toBeGreaterThanOrEqual(2);
    const stranger = await client(api.url);
    await expect(stranger.http.send(read)).rejects.toMatchObject({
      code: "unreachable",
      message: `cannot reach the API server at 127.0.0.1:${api.port}: connect ECONNREFUSED 127.0.0.1:${api.port} (context test)`,
    });
    expect(stranger.delays).toEqual([]);
  });

  test("an answer that does not come is a timeout", async () => {
    const api = await fake(() => "hang");
    const { http } = await client(api.url, { requestTimeoutMs: 100 });
    await expect(http.send(read)).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("no answer within 0.1 s"),
    });
  });

  test("an abort stops a request, and one that waits to be sent again", async () => {
    const api = await fake((_, count) => (count === 1 ? "hang" : { status: 503 }));
    const { http } = await client(api.url, {}, { sleep: pause });
    for (const delayMs of [50, 30]) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), delayMs);
      await expect(http.send({ ...read, signal: stop.signal })).rejects.toMatchObject({ code: "aborted" });
    }
    const aborted = AbortSignal.abort();
    await expect(http.send({ ...read, signal: aborted })).rejects.toMatchObject({ code: "aborted" });
  });

  test("an abort lets a write end that is under way, and sends no other", async () => {
    const stop = new AbortController();
    const api = await fake(async ({ query }) => {
      stop.abort();
      if (!query.has("dryRun")) await new Promise((done) => setTimeout(done, 30));
      return { json: { done: true } };
    });
    const { http } = await client(api.url);
    const write: HttpRequest = { method: "PATCH", path: "/api", body: "{}", signal: stop.signal };
    expect(await http.send(write)).toMatchObject({ status: 200 });
    await expect(http.send(write)).rejects.toMatchObject({ code: "aborted" });
    expect(api.seen).toHaveLength(1);
  });

  test("at most so many requests are under way at a time", async () => {
    let [now, most] = [0, 0];
    const api = await fake(async () => {
      now++;
      most = Math.max(most, now);
      await new Promise((done) => setTimeout(done, 5));
      now--;
      return {};
    });
    const { http } = await client(api.url, {}, { maxConcurrent: 3 });
    await Promise.all(Array.from({ length: 20 }, () => http.send(read)));
    expect(most).toBe(3);
  });
});

describe("TLS", () => {
  test("a client certificate is shown", async () => {
    const api = await fake(() => ({}));
    const proof = { headers: {}, cert: pem("client.pem"), key: pem("client.key") };
    const { http } = await client(api.url, { credentials: { current: async () => proof } });
    await http.send(read);
    expect(api.seen[0]?.clientName).toBe("certified");
  });

  test.each<{ title: string; tls: Connection["tls"]; certificate: "server" | "elsewhere"; error?: RegExp }>([
    {
      title: "an unknown authority",
      tls: { ca: undefined, serverName: undefined, insecure: false },
      certificate: "server",
      error: /certificate is not trusted: check certificate-authority/,
    },
    {
      title: "another name",
      tls: { ca: pem("ca.pem"), serverName: undefined, insecure: false },
      certificate: "elsewhere",
      error: /certificate is not trusted.*tls-server-name/,
    },
    {
      title: "another name that is expected",
      tls: { ca: pem("ca.pem"), serverName: "elsewhere.test", insecure: false },
      certificate: "elsewhere",
    },
    {
      title: "nothing is checked",
      tls: { ca: undefined, serverName: undefined, insecure: true },
      certificate: "elsewhere",
    },
  ])("$title", async ({ tls, certificate, error }) => {
    const api = await fake(() => ({}), { certificate });
    const { http } = await client(api.url, { tls });
    if (error === undefined) expect(await http.send(read)).toMatchObject({ status: 200 });
    else
      await expect(http.send(read)).rejects.toMatchObject({
        code: "unreachable",
        message: expect.stringMatching(error),
      });
  });
});

describe("open()", () => {
  /** Sends the same for ever. */
  const flood = (text: string) => (out: ServerResponse) => {
    const more = () => {
      while (!out.destroyed && out.write(text));
    };
    out.on("drain", more);
    more();
  };
  const readAll = async (lines: AsyncIterable<string>) => {
    let length = 0;
    for await (const line of lines) length += line.length;
    return length;
  };

  test("gives up on a line that does not end", async () => {
    const api = await fake(() => ({ stream: flood("x".repeat(1024 * 1024)) }));
    const { http } = await client(api.url);
    const { lines } = await http.open(read, 5000);
    await expect(readAll(lines)).rejects.toThrow("a line is longer than 16777216 characters");
  });

  test("reads of an error that does not end its start, of a 401 before it, too", async () => {
    const text = `${"x".repeat(1023)}\n`;
    const api = await fake((_, count) => ({ status: count === 1 ? 401 : 403, stream: flood(text) }));
    const { http } = await client(api.url);
    const { status, lines } = await http.open(read, 5000);
    expect(status).toBe(403);
    expect(await readAll(lines)).toBeLessThan(2 * 1024 * 1024);
  });

  test("does not wait for an error that comes byte by byte", async () => {
    const drip = (out: ServerResponse) => {
      const timer = setInterval(() => out.write("\n"), 20);
      out.once("close", () => clearInterval(timer));
    };
    const api = await fake(() => ({ status: 403, stream: drip }));
    const { http } = await client(api.url, { requestTimeoutMs: 200 });
    const { lines } = await http.open(read, 5000);
    await expect(readAll(lines)).rejects.toThrow("the answer did not end within 0.2 s");
  });

  test.each([
    [undefined, 30_000],
    [0, 0],
    [70, 70],
  ])("with a request timeout of %s ms waits %s ms for an answer (0: no limit)", async (requestTimeoutMs, wanted) => {
    const waits = vi.spyOn(ClientRequest.prototype, "setTimeout");
    cleanUp.push(() => waits.mockRestore());
    const api = await fake(() => ({}));
    const { http } = await client(api.url, { requestTimeoutMs });
    await http.open(read, 5000);
    expect(waits.mock.calls.map(([ms]) => ms)).toContain(wanted);
  });
});
