import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Artifact,
  buildArtifact,
  digestOf,
  OciError,
  openRepository,
  type RegistryOptions,
  type Repository,
  readArtifact,
  treeOf,
} from "../../../src/engine/oci/index.js";
import { limits } from "../../../src/engine/oci/limits.js";
import { type FakeRegistry, type Intercept, portOf, refuse, startRegistry } from "./fake-registry.js";

const utf8 = new TextEncoder();
const files = new Map([["module.yaml", utf8.encode("name: web\n")]]);
const version = (text: string): Promise<Artifact> =>
  buildArtifact({
    tree: treeOf(files),
    mtimeSeconds: 0,
    annotations: { "org.opencontainers.image.version": text },
  });

let artifact: Artifact;
let registry: FakeRegistry;
let slept: number[];

beforeEach(async () => {
  artifact = await version("1.0.0");
  registry = await startRegistry(
    { "org/web:1.0.0": artifact, "org/web:1.1.0": artifact, "org/web:latest": artifact },
    2,
  );
  slept = [];
});
afterEach(() => registry.close());

const open = (options: Partial<RegistryOptions> = {}, repository = "org/web"): Repository =>
  openRepository(
    { host: registry.host, repository },
    {
      fetch,
      insecure: true,
      sleep: async (ms) => {
        slept.push(ms);
      },
      ...options,
    },
  );
const withBasic = async () => ({ kind: "basic", username: "me", password: "s3cret" }) as const;
const basicHeader = `Basic ${Buffer.from("me:s3cret").toString("base64")}`;
/** A fault for the first `times` requests that match. */
const first = (times: number, path: RegExp, handle: Intercept): Intercept => {
  let left = times;
  return (request, response) => (path.test(request.url ?? "") && left-- > 0 ? handle(request, response) : undefined);
};

describe("a registry", () => {
  test("gives tags over several pages, manifests and blobs", async () => {
    const web = open();
    expect(await web.listTags()).toEqual(["1.0.0", "1.1.0", "latest"]);
    const { descriptor, manifest, bytes } = await web.manifest("1.0.0");
    expect(descriptor).toEqual(artifact.descriptor);
    expect(digestOf(bytes)).toBe(descriptor.digest);
    expect(await web.manifest(descriptor.digest)).toEqual({ descriptor, manifest, bytes });
    expect((await readArtifact(web, manifest, "web")).files).toEqual(files);
    expect(slept).toEqual([]);
  });

  test.each([
    {
      title: "a tag",
      call: (r: Repository) => r.manifest("9.9.9"),
      fault: /oci:\/\/.*\/org\/web:9\.9\.9 does not exist: MANIFEST_UNKNOWN/,
    },
    {
      title: "a digest",
      call: (r: Repository) => r.manifest(digestOf(utf8.encode("x"))),
      fault: /org\/web@sha256:.* does not exist/,
    },
  ])("says that $title does not exist", async ({ call, fault }) => {
    await expect(call(open())).rejects.toMatchObject({ code: "not-found", status: 404 });
    await expect(call(open())).rejects.toThrow(fault);
  });

  test("says that a repository does not exist", async () => {
    await expect(open({}, "org/none").listTags()).rejects.toThrow(/org\/none does not exist: NAME_UNKNOWN/);
  });

  test("that nobody serves is unreachable, and asked once", async () => {
    await registry.close();
    await expect(open().listTags()).rejects.toMatchObject({ code: "unreachable" });
    await expect(open().listTags()).rejects.toThrow(
      /cannot reach 127\.0\.0\.1:\d+: nothing listens there \(ECONNREFUSED\)/,
    );
    expect(slept).toEqual([]);
  });

  test("is spoken to over https unless plain http is allowed, and the error says how", async () => {
    const attempt = open({ insecure: false }).listTags();
    await expect(attempt).rejects.toMatchObject({ code: "unreachable" });
    await expect(attempt).rejects.toThrow("allow that with --registry-insecure");
    expect(registry.requests).toEqual([]);
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    registry.intercept(() => {
      controller.abort();
      return true;
    });
    await expect(open({ insecure: true }).listTags(controller.signal)).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("a registry that fails for a while", () => {
  test.each([
    { status: 429, header: "2", want: [2000, 2000] },
    { status: 503, header: undefined, want: [250, 500] },
    { status: 503, header: "60", want: [60_000, 60_000] },
    { status: 500, header: "not a number", want: [250, 500] },
  ])("is asked again after HTTP $status with Retry-After $header", async ({ status, header, want }) => {
    registry.intercept(
      first(2, /manifests/, (_, response) => {
        if (header !== undefined) response.setHeader("retry-after", header);
        refuse(response, status, "UNAVAILABLE", "later");
        return true;
      }),
    );
    expect((await open().manifest("1.0.0")).descriptor).toEqual(artifact.descriptor);
    expect(slept).toEqual(want);
  });

  test("is waited for until the date that it names, on its own clock", async () => {
    registry.intercept(
      first(1, /manifests/, (_, response) => {
        response.setHeader("date", "Wed, 01 Jan 2020 00:00:00 GMT");
        response.setHeader("retry-after", "Wed, 01 Jan 2020 00:00:07 GMT");
        refuse(response, 429, "TOOMANYREQUESTS", "later");
        return true;
      }),
    );
    await open().manifest("1.0.0");
    expect(slept).toEqual([7000]);
  });

  test("is not waited for when it wants to be left alone for long", async () => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("tags")) return undefined;
      response.setHeader("retry-after", "3600");
      refuse(response, 429, "TOOMANYREQUESTS", "quota");
      return true;
    });
    const attempt = open().listTags();
    await expect(attempt).rejects.toThrow(/HTTP 429: TOOMANYREQUESTS quota; it can be asked again in 3600 s$/);
    expect(slept).toEqual([]);
  });

  test("gives its last answer when it never gets better", async () => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("manifests")) return undefined;
      refuse(response, 503, "UNAVAILABLE", "no\u001b[31m more");
      return true;
    });
    const attempt = open().manifest("1.0.0");
    await expect(attempt).rejects.toMatchObject({ code: "registry-error", status: 503 });
    await expect(attempt).rejects.toThrow(/answered HTTP 503: UNAVAILABLE no \[31m more/);
    expect(slept).toEqual([250, 500, 1000]);
  });

  test.each([
    { title: "resets the connection", handle: (_, response) => Boolean(response.socket?.resetAndDestroy()) || true },
    {
      title: "cuts a blob off",
      handle: (_, response) => {
        response.setHeader("content-length", 100_000);
        response.write("x");
        setImmediate(() => response.destroy());
        return true;
      },
    },
    {
      title: "ends a blob early",
      handle: (_, response) => {
        response.end("x");
        return true;
      },
    },
    {
      title: "damages a blob",
      handle: (_, response) => {
        response.end(Buffer.alloc(artifact.manifest.layers[0]?.size ?? 0));
        return true;
      },
    },
  ] satisfies { title: string; handle: Intercept }[])("is asked again when it $title", async ({ handle }) => {
    registry.intercept(first(2, /blobs/, handle));
    const { manifest } = await open().manifest("1.0.0");
    expect((await readArtifact(open(), manifest, "web")).files).toEqual(files);
    expect(slept).toEqual([250, 500]);
  });

  test("and stalls is given up on", async () => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("manifests")) return undefined;
      response.write("{");
      return true;
    });
    const attempt = open({ timeoutMs: 50, attempts: 2 }).manifest("1.0.0");
    await expect(attempt).rejects.toMatchObject({ code: "timeout" });
    expect(slept).toEqual([250]);
  });

  test("and answers drop by drop is given up on", async () => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("manifests")) return undefined;
      const drip = setInterval(() => response.write(" "), 5);
      response.on("close", () => clearInterval(drip));
      return true;
    });
    await expect(open({ timeoutMs: 20, attempts: 1 }).manifest("1.0.0")).rejects.toMatchObject({ code: "timeout" });
  });
});

describe("a hostile registry", () => {
  test("cannot give a blob of another content", async () => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("blobs")) return undefined;
      response.end(Buffer.alloc(artifact.manifest.layers[0]?.size ?? 0));
      return true;
    });
    const web = open();
    const { manifest } = await web.manifest("1.0.0");
    const attempt = readArtifact(web, manifest, "web");
    await expect(attempt).rejects.toMatchObject({ code: "digest-mismatch" });
    await expect(attempt).rejects.toThrow(/has the digest sha256:.*, wanted sha256:.*: its content was changed/);
  });

  test("cannot give a manifest of another digest", async () => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("manifests")) return undefined;
      response.end(artifact.blobs[2]);
      return true;
    });
    await expect(open().manifest(digestOf(utf8.encode("x")))).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  test.each([
    { title: "blob", path: "blobs" },
    { title: "manifest", path: "manifests" },
  ])("cannot make sheaf read a $title without end", async ({ path }) => {
    let sent = 0;
    registry.intercept((request, response) => {
      if (!request.url?.includes(path)) return undefined;
      const chunk = Buffer.alloc(256 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on("drain", more);
      more();
      return true;
    });
    const web = open({ attempts: 1 });
    const attempt = path === "blobs" ? web.blob(artifact.manifest.config) : web.manifest("1.0.0");
    await expect(attempt).rejects.toThrow(path === "blobs" ? "is longer than the" : "is larger than the 4 MiB");
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test("cannot announce a blob that is too large", async () => {
    const attempt = open().blob({ ...artifact.manifest.config, size: limits.blobBytes + 1 });
    await expect(attempt).rejects.toMatchObject({ code: "too-large" });
    expect(registry.requests).toEqual([]);
  });

  test("cannot page without end", async () => {
    let page = 0;
    registry.intercept((request, response) => {
      if (!request.url?.includes("tags")) return undefined;
      response.setHeader("link", `</v2/org/web/tags/list?last=${page++}>; rel="next"`);
      response.end(JSON.stringify({ tags: ["a"] }));
      return true;
    });
    await expect(open().listTags()).rejects.toMatchObject({ code: "too-large" });
  });

  test("cannot page in a circle", async () => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("tags")) return undefined;
      response.setHeader("link", '</v2/org/web/tags/list?last=a>; rel="next"');
      response.end(JSON.stringify({ tags: ["a"] }));
      return true;
    });
    await expect(open().listTags()).rejects.toThrow("gives a list of pages that come again");
    expect(registry.requests.filter((line) => line.includes("tags"))).toHaveLength(2);
  });

  test("cannot send sheaf to another host for the next page", async () => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("tags")) return undefined;
      response.setHeader("link", '<http://127.0.0.1:1/v2/org/web/tags/list>; rel="next"');
      response.end(JSON.stringify({ tags: ["a"] }));
      return true;
    });
    await expect(open().listTags()).rejects.toThrow(/points to another host, 127\.0\.0\.1:1/);
  });

  test("cannot redirect without end", async () => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("tags")) return undefined;
      response.writeHead(307, { location: `${request.url}x` }).end();
      return true;
    });
    await expect(open().listTags()).rejects.toThrow("redirects more than 5 times");
  });

  test.each([
    { title: "no JSON", body: "<html>", fault: "is not a JSON object" },
    { title: "an image index", body: '{"schemaVersion":2,"manifests":[]}', fault: "is an image index" },
    { title: "no layers", body: '{"schemaVersion":2}', fault: "has no list of layers" },
    {
      title: "a config of no digest",
      body: '{"schemaVersion":2,"layers":[],"config":{"mediaType":"a/b","size":1,"digest":"sha256:x"}}',
      fault: "no good descriptor as config",
    },
    {
      title: "a layer of no size",
      body: `{"schemaVersion":2,"config":{"mediaType":"a/b","size":1,"digest":"sha256:${"0".repeat(64)}"},"layers":[{"mediaType":"a/b","size":-1,"digest":"sha256:${"0".repeat(64)}"}]}`,
      fault: "no good descriptor as layers[0]",
    },
    { title: "schema 1", body: '{"schemaVersion":1,"layers":[]}', fault: "schemaVersion 1, wanted 2" },
  ])("gets an error for a manifest with $title", async ({ body, fault }) => {
    registry.intercept((request, response) => {
      if (!request.url?.includes("manifests")) return undefined;
      response.end(body);
      return true;
    });
    await expect(open().manifest("1.0.0")).rejects.toMatchObject({ code: "bad-manifest" });
    await expect(open().manifest("1.0.0")).rejects.toThrow(fault);
  });
});

describe("a registry that wants to know who is there", () => {
  const needBasic: Intercept = (request, response) => {
    if (request.headers.authorization === basicHeader) return undefined;
    response.setHeader("www-authenticate", 'Basic realm="registry"');
    refuse(response, 401, "UNAUTHORIZED", "authentication required");
    return true;
  };
  /** A token service on the registry's own port; `tokens` are given in order. */
  const needToken =
    (tokens: string[], good: () => string, seen: string[] = []): Intercept =>
    (request, response) => {
      if (request.url?.startsWith("/token")) {
        seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? "-"}`);
        let body = "";
        request.on("data", (chunk) => {
          body += chunk;
        });
        request.on("end", () => {
          if (body !== "") seen.push(body);
          response.end(JSON.stringify({ token: tokens.shift() }));
        });
        return true;
      }
      if (request.headers.authorization === `Bearer ${good()}`) return undefined;
      response.setHeader(
        "www-authenticate",
        `Bearer realm="http://${registry.host}/token?x=1",service="reg",scope="repository:org/web:pull"`,
      );
      refuse(response, 401, "UNAUTHORIZED", "authentication required");
      return true;
    };

  test("is shown Basic credentials, but only once it asks", async () => {
    registry.intercept(needBasic);
    const web = open({ credentials: withBasic });
    await web.listTags();
    await web.manifest("1.0.0");
    const shown = registry.requests.filter((line) => line.includes("/org/")).map((line) => line.endsWith(basicHeader));
    expect(shown).toEqual([false, true, true, true]);
  });

  test.each([
    {
      title: "no credentials",
      credentials: undefined,
      fault: /there are no credentials for 127.* sheaf registry login/,
    },
    {
      title: "wrong credentials",
      credentials: async () => ({ kind: "basic", username: "me", password: "wr0ng" }) as const,
      fault: /the credentials for 127.* were not accepted/,
    },
    {
      title: "a broken credential helper",
      credentials: async () => {
        throw new OciError("bad-credentials", "Cannot run docker-credential-x");
      },
      fault: /no credentials could be read: Cannot run docker-credential-x/,
    },
  ])("refuses $title with an error that says so", async ({ credentials, fault }) => {
    registry.intercept(needBasic);
    const attempt = open(credentials === undefined ? {} : { credentials }).listTags();
    await expect(attempt).rejects.toMatchObject({ code: "unauthorized", status: 401 });
    await expect(attempt).rejects.toThrow(fault);
    await expect(attempt).rejects.not.toThrow(/wr0ng/);
  });

  test("gets an anonymous token, kept for the next request", async () => {
    const seen: string[] = [];
    registry.intercept(needToken(["t1"], () => "t1", seen));
    const web = open();
    await web.listTags();
    await web.manifest("1.0.0");
    expect(seen).toEqual(["GET /token?x=1&service=reg&scope=repository%3Aorg%2Fweb%3Apull -"]);
  });

  test("gets a token for Basic credentials, and another when it has run out", async () => {
    let good = "t1";
    const seen: string[] = [];
    registry.intercept(needToken(["t1", "t2"], () => good, seen));
    const web = open({ credentials: withBasic });
    await web.listTags();
    good = "t2";
    await web.listTags();
    expect(seen.map((line) => line.endsWith(basicHeader))).toEqual([true, true]);
    expect(registry.requests.filter((line) => line.startsWith("GET /v2/org/") && line.includes("Basic"))).toEqual([]);
  });

  test("gets one token for requests side by side, also when it runs out in between", async () => {
    let good = "t1";
    const seen: string[] = [];
    registry.intercept(needToken(["t1", "t2"], () => good, seen));
    const web = open({ credentials: withBasic });
    const pull = () => Promise.all(["1.0.0", "1.1.0", "latest"].map((tag) => web.manifest(tag)));
    await pull();
    good = "t2";
    await pull();
    expect(seen).toHaveLength(2);
  });

  test("gets a token for an identity token", async () => {
    const seen: string[] = [];
    registry.intercept(needToken(["t1"], () => "t1", seen));
    await open({ credentials: async () => ({ kind: "identity-token", token: "id1" }) }).listTags();
    expect(seen[0]).toBe("POST /token?x=1 -");
    expect(Object.fromEntries(new URLSearchParams(seen[1]))).toMatchObject({
      grant_type: "refresh_token",
      refresh_token: "id1",
      service: "reg",
    });
  });

  test("cannot have the token fetched over plain http when it is https itself", async () => {
    const answers = async () =>
      new Response("{}", { status: 401, headers: { "www-authenticate": 'Bearer realm="http://evil.example/token"' } });
    const attempt = open({ insecure: false, fetch: answers, credentials: withBasic }).listTags();
    await expect(attempt).rejects.toThrow("names no https address");
  });

  test.each(["Basic", "Bearer"])("cannot have credentials asked for where it redirects to: %s", async (scheme) => {
    const heard: string[] = [];
    const other = createServer((request, response) => {
      heard.push(`${request.url} ${request.headers.authorization}`);
      const realm = `http://127.0.0.1:${portOf(other.address())}/token`;
      response.writeHead(401, { "www-authenticate": `${scheme} realm="${realm}"` }).end('{"token":"t1"}');
    });
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const location = `http://127.0.0.1:${portOf(other.address())}/blob`;
    registry.intercept((request, response) => {
      if (!request.url?.includes("blobs")) return undefined;
      response.writeHead(307, { location }).end();
      return true;
    });
    try {
      const attempt = open({ credentials: withBasic }).blob(artifact.manifest.config);
      await expect(attempt).rejects.toThrow(/127.*, where 127.* points to, answered HTTP 401/);
      expect(heard).toEqual(["/blob undefined"]);
    } finally {
      other.close();
    }
  });

  test.each(["authorization", "token"])("cannot pass the %s on to another host by a redirect", async (what) => {
    const heard: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      heard.push(request.headers.authorization);
      response.end(what === "token" ? '{"token":"t1"}' : artifact.blobs[0]);
    });
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const location = `http://127.0.0.1:${portOf(other.address())}/elsewhere`;
    const auth = what === "token" ? needToken([], () => "t1") : needBasic;
    registry.intercept((request, response) => {
      const redirected =
        what === "token"
          ? request.url?.startsWith("/token")
          : request.url?.includes("blobs") && request.headers.authorization;
      if (!redirected) return auth(request, response);
      response.writeHead(307, { location }).end();
      return true;
    });
    try {
      await open({ credentials: withBasic }).blob(artifact.manifest.config);
      expect(heard).toEqual([undefined]);
    } finally {
      other.close();
    }
  });
});

test("a redirect from https to http is refused", async () => {
  const answers = async () => new Response(null, { status: 307, headers: { location: "http://storage.example/blob" } });
  await expect(open({ insecure: false, fetch: answers }).listTags()).rejects.toThrow("which is not encrypted");
});

describe("a registry that is told to delete", () => {
  const remove = (reference: string) =>
    openRepository({ host: registry.host, repository: "org/web" }, { fetch, insecure: true }).delete(reference);

  test("takes a tag away, or by a digest a manifest", async () => {
    await remove("1.0.0");
    expect([...registry.tags.keys()]).toEqual(["org/web:1.1.0", "org/web:latest"]);
    await remove(artifact.descriptor.digest);
    expect([...registry.tags.keys()]).toEqual([]);
    await expect(remove("1.1.0")).rejects.toMatchObject({ code: "not-found" });
  });

  test.each([400, 405])("and takes no single tags away says what would be right: HTTP %d", async (status) => {
    registry.intercept((request, response) => {
      if (request.method !== "DELETE") return undefined;
      refuse(response, status, "UNSUPPORTED", "The operation is unsupported.");
      return true;
    });
    await expect(remove("1.0.0")).rejects.toThrow("takes no single tags away; name the digest instead");
    await expect(remove(artifact.descriptor.digest)).rejects.toThrow(/answered HTTP 40\d: UNSUPPORTED/);
    expect(registry.tags.size).toBe(3);
  });
});
