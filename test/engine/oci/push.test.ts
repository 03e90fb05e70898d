import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFetch } from "../../../src/engine/network/index.js";
import {
  type Artifact,
  buildArtifact,
  copyArtifact,
  digestOf,
  openRepository,
  pushArtifact,
  type RegistryOptions,
  readArtifact,
  readSigningKey,
  type SigningKey,
  signArtifact,
  treeOf,
  verifySignature,
  type WritableRepository,
} from "../../../src/engine/oci/index.js";
import type { RawManifest } from "../../../src/engine/oci/repository.js";
import { type FakeRegistry, type Intercept, portOf, refuse, startRegistry } from "./fake-registry.js";

const artifactOf = (version: string, more: Uint8Array = new Uint8Array()): Promise<Artifact> =>
  buildArtifact({
    tree: treeOf(
      new Map([
        ["module.yaml", Buffer.from("name: web\n")],
        ["more", more],
      ]),
    ),
    mtimeSeconds: 0,
    annotations: { "org.opencontainers.image.version": version },
  });

const chunkBytes = 64 * 1024;

let registry: FakeRegistry;
let slept: number[];

beforeEach(async () => {
  registry = await startRegistry({});
  slept = [];
});
afterEach(() => registry.close());

const open = (options: Partial<RegistryOptions> = {}, repository = "org/web"): WritableRepository =>
  openRepository(
    { host: registry.host, repository },
    {
      fetch: createFetch({ env: {} }),
      insecure: true,
      chunkBytes,
      sleep: async (ms) => {
        slept.push(ms);
      },
      ...options,
    },
    "push",
  );
const sentRequests = () => registry.requests.map((line) => line.replace(/uploads\/[^ ]+/, "uploads/ID"));
const reset: Intercept = (_, response) => Boolean(response.socket?.resetAndDestroy()) || true;

/** Acts on the requests for which `fits` says so, counted from 0 over those of the repository. */
const onRequest = (fits: (index: number) => boolean, handle: Intercept): Intercept => {
  let index = 0;
  return (request, response) => (request.url === "/v2/" || !fits(index++) ? undefined : handle(request, response));
};

describe("pushArtifact()", () => {
  test("sends blobs that are not there, then the tags", async () => {
    const artifact = await artifactOf("1.0.0");
    await pushArtifact(artifact, open(), { tags: ["1.0.0", "latest"], fixedTag: "1.0.0" });
    expect(registry.tags).toEqual(
      new Map([
        ["org/web:1.0.0", artifact.descriptor.digest],
        ["org/web:latest", artifact.descriptor.digest],
      ]),
    );
    expect(sentRequests().slice(-2)).toEqual(["PUT /v2/org/web/manifests/1.0.0", "PUT /v2/org/web/manifests/latest"]);
    const { manifest } = await open().manifest("latest");
    expect((await readArtifact(open(), manifest, "web")).files.size).toBe(2);

    registry.requests.length = 0;
    await pushArtifact(artifact, open(), { tags: ["1.0.0"] });
    expect(sentRequests().filter((line) => /POST|PATCH|PUT/.test(line))).toEqual(["PUT /v2/org/web/manifests/1.0.0"]);
  });

  test("does not move a fixed tag to other content, and sends nothing then", async () => {
    await pushArtifact(await artifactOf("1.0.0"), open(), { tags: ["1.0.0"] });
    registry.requests.length = 0;
    const other = await artifactOf("1.0.0", Buffer.from("other"));
    const attempt = pushArtifact(other, open(), { tags: ["1.0.0"], fixedTag: "1.0.0" });
    await expect(attempt).rejects.toMatchObject({ code: "tag-exists" });
    await expect(attempt).rejects.toThrow(/1\.0\.0 exists with other content \(sha256:.*--force/);
    expect(registry.requests.filter((line) => !line.startsWith("GET"))).toEqual([]);
    await pushArtifact(other, open(), { tags: ["1.0.0"] });
    expect(registry.tags.get("org/web:1.0.0")).toBe(other.descriptor.digest);
  });

  test("sends a large blob in chunks", async () => {
    const artifact = await artifactOf("1.0.0", randomBytes(2 * chunkBytes + 1000));
    await pushArtifact(artifact, open(), { tags: ["1.0.0"] });
    expect(sentRequests().filter((line) => line.startsWith("PATCH"))).toHaveLength(3);
    const layer = artifact.manifest.layers[0]?.digest ?? "";
    expect(digestOf(registry.contents.get(layer) ?? new Uint8Array())).toBe(layer);
  });

  test("goes on where a broken chunk ended", async () => {
    let broken = 0;
    let received = 0;
    registry.intercept((request, response) => {
      if (request.method === "PATCH" && broken === 0 && request.headers["content-range"]?.startsWith("0-") === false) {
        broken++;
        return reset(request, response);
      }
      request.on("data", (part) => {
        received += part.length;
      });
      return undefined;
    });
    const artifact = await artifactOf("1.0.0", randomBytes(3 * chunkBytes));
    await pushArtifact(artifact, open(), { tags: ["1.0.0"] });
    expect(broken).toBe(1);
    expect(slept).toEqual([250]);
    // Nothing that had arrived was sent again.
    expect(received).toBeLessThan(3.1 * chunkBytes);
    expect(registry.tags.get("org/web:1.0.0")).toBe(artifact.descriptor.digest);
  });

  test("goes on where the registry says that it is, which is not where it was thought to be", async () => {
    let lost = 0;
    registry.intercept((request, response) => {
      // The registry has kept nothing of the first chunk, though it said so.
      if (request.method !== "PATCH" || request.headers["content-range"]?.startsWith("0-") !== true || lost > 0)
        return undefined;
      lost++;
      const end = Number(request.headers["content-length"]) - 1;
      request.resume().on("end", () => response.writeHead(202, { location: request.url, range: `0-${end}` }).end());
      return true;
    });
    const artifact = await artifactOf("1.0.0", randomBytes(3 * chunkBytes));
    await pushArtifact(artifact, open(), { tags: ["1.0.0"] });
    expect([lost, slept]).toEqual([1, [250]]);
    expect(registry.tags.get("org/web:1.0.0")).toBe(artifact.descriptor.digest);
  });

  test("opens a new upload where the registry has forgotten the old one", async () => {
    let forgotten = 0;
    registry.intercept((request, response) => {
      if (request.method === "PATCH" && forgotten === 0) {
        forgotten++;
        return reset(request, response);
      }
      if (request.method !== "GET" || !request.url?.includes("uploads/")) return undefined;
      refuse(response, 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
      return true;
    });
    const artifact = await artifactOf("1.0.0", randomBytes(chunkBytes + 1));
    await pushArtifact(artifact, open(), { tags: ["1.0.0"] });
    expect(registry.tags.get("org/web:1.0.0")).toBe(artifact.descriptor.digest);
  });
});

/** Pushes two artifacts, and an image index of them as `multi`. */
async function pushIndex(repository: WritableRepository): Promise<RawManifest> {
  const artifacts = await Promise.all(["1.0.0", "2.0.0"].map((version) => artifactOf(version)));
  for (const artifact of artifacts) await pushArtifact(artifact, repository, { tags: ["x"] });
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType, manifests: artifacts.map(({ descriptor }) => descriptor) }),
  );
  const index = { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
  await repository.pushManifest("multi", index);
  return index;
}

/** A push with its signature step, as `mod push` does it: two blobs, the manifest by digest, two tags. */
const push = async (artifact: Artifact, options: Partial<RegistryOptions> = {}): Promise<void> =>
  pushArtifact(artifact, open(options), {
    tags: ["1.0.0", "latest"],
    fixedTag: "1.0.0",
    beforeTags: async () => undefined,
  });

/** A key to sign with, whose signatures of equal content are equal. */
const newKey = async (): Promise<SigningKey> => {
  const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  return readSigningKey(pem.toString(), "key", () => undefined);
};

describe("a push that breaks at request k", () => {
  test.each([
    { title: "once", forGood: false },
    { title: "for good", forGood: true },
  ])("$title leaves whole, signed versions or none, for every k", async ({ forGood }) => {
    const artifact = await artifactOf("1.0.0", randomBytes(chunkBytes + 1));
    const { digest } = artifact.descriptor;
    const key = await newKey();
    const push = () => {
      const repository = open();
      const beforeTags = () => signArtifact(repository, digest, key);
      return pushArtifact(artifact, repository, { tags: ["1.0.0", "latest"], fixedTag: "1.0.0", beforeTags });
    };
    await push();
    const count = registry.requests.filter((line) => !line.endsWith("/v2/")).length;
    expect(count).toBeGreaterThanOrEqual(20);
    for (let k = 0; k < count; k++) {
      await registry.close();
      registry = await startRegistry({});
      registry.intercept(onRequest((index) => (forGood ? index >= k : index === k), reset));
      const result = await push().then(
        () => "pushed",
        (fault: unknown) => (fault instanceof Error && "code" in fault ? fault.code : fault),
      );
      expect([k, result]).toEqual([k, forGood ? "unreachable" : "pushed"]);
      registry.intercept(undefined);
      for (const tag of ["1.0.0", "latest"].filter((name) => registry.tags.has(`org/web:${name}`))) {
        const { descriptor, manifest } = await open().manifest(tag);
        expect(descriptor.digest).toBe(digest);
        for (const part of [manifest.config, ...manifest.layers]) await open().blob(part);
        await verifySignature(open(), digest, key.publicKey);
      }
      await push();
      expect(registry.tags.get("org/web:latest")).toBe(digest);
    }
  });
});

describe("a copy that breaks at request k", () => {
  test.each([
    { title: "once", forGood: false },
    { title: "for good", forGood: true },
  ])("$title leaves a whole image index with its signature, or no tag", async ({ forGood }) => {
    const source = await startRegistry({});
    try {
      const from = openRepository({ host: source.host, repository: "org/web" }, { fetch, insecure: true }, "push");
      const { descriptor, bytes } = await pushIndex(from);
      const key = await newKey();
      await signArtifact(from, descriptor.digest, key);
      const copy = (options: Partial<RegistryOptions> = {}) =>
        copyArtifact(from, "multi", open(options, "copy"), { tags: ["multi"] });
      await copy();
      const count = registry.requests.filter((line) => !line.endsWith("/v2/")).length;
      expect(count).toBeGreaterThanOrEqual(19);
      const whole = new Map(registry.contents);
      for (let k = 0; k < count; k++) {
        await registry.close();
        registry = await startRegistry({});
        registry.intercept(onRequest((index) => (forGood ? index >= k : index === k), reset));
        const result = await copy().then(
          () => "copied",
          () => "failed",
        );
        const tag = registry.tags.get("copy:multi");
        expect([k, result, tag]).toEqual(forGood ? [k, "failed", undefined] : [k, "copied", digestOf(bytes)]);
        registry.intercept(undefined);
        await copy();
        expect(registry.contents).toEqual(whole);
        await verifySignature(open({}, "copy"), descriptor.digest, key.publicKey);
      }
    } finally {
      await source.close();
    }
  });
});

describe("a registry that does not take a push at once", () => {
  test.each([
    { status: 429, header: "2", want: 2000 },
    { status: 500, header: undefined, want: 250 },
    { status: 503, header: undefined, want: 250 },
  ])("is asked again after HTTP $status, at every request", async ({ status, header, want }) => {
    const artifact = await artifactOf("1.0.0");
    await push(artifact);
    const count = registry.requests.filter((line) => !line.endsWith("/v2/")).length;
    for (let k = 0; k < count; k++) {
      await registry.close();
      registry = await startRegistry({});
      slept = [];
      registry.intercept(
        onRequest(
          (index) => index === k,
          (_, response) => {
            if (header !== undefined) response.setHeader("retry-after", header);
            refuse(response, status, "UNAVAILABLE", "later");
            return true;
          },
        ),
      );
      await push(artifact);
      expect([k, slept]).toEqual([k, [want]]);
      expect(registry.tags.size).toBe(2);
    }
  });

  test("says why it refuses, and that a push is what it refuses", async () => {
    registry.intercept((request, response) => {
      if (request.method !== "POST") return undefined;
      refuse(response, 403, "DENIED", "read-only user");
      return true;
    });
    const attempt = push(await artifactOf("1.0.0"));
    await expect(attempt).rejects.toMatchObject({ code: "forbidden", status: 403 });
    await expect(attempt).rejects.toThrow(/The blob sha256:.* does not allow it: DENIED read-only user/);
    expect(slept).toEqual([]);
  });

  test("cannot claim to have stored something else", async () => {
    registry.intercept((request, response) => {
      if (request.method !== "PUT" || !request.url?.includes("manifests")) return undefined;
      request
        .resume()
        .on("end", () => response.writeHead(201, { "docker-content-digest": `sha256:${"0".repeat(64)}` }).end());
      return true;
    });
    await expect(push(await artifactOf("1.0.0"))).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  test("that stalls is given up on", async () => {
    registry.intercept((request) => (request.method === "PUT" ? true : undefined));
    const attempt = push(await artifactOf("1.0.0"), { timeoutMs: 30, attempts: 2 });
    await expect(attempt).rejects.toMatchObject({ code: "timeout" });
    expect(registry.tags.size).toBe(0);
  });
});

describe("credentials", () => {
  const credentials = async () => ({ kind: "basic", username: "me", password: "s3cret" }) as const;
  const needBasic: Intercept = (request, response) => {
    if (request.headers.authorization !== undefined) return undefined;
    response.setHeader("www-authenticate", 'Basic realm="registry"');
    refuse(response, 401, "UNAUTHORIZED", "authentication required");
    return true;
  };

  test("do not go to another host that an upload is sent to", async () => {
    const heard: string[] = [];
    const other = createServer((request, response) => {
      heard.push(`${request.method} ${request.headers.authorization}`);
      request.resume().on("end", () => response.writeHead(201).end());
    });
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const location = `http://127.0.0.1:${portOf(other.address())}/upload`;
    registry.intercept((request, response) => {
      if (request.method !== "POST" || request.headers.authorization === undefined) return needBasic(request, response);
      response.writeHead(202, { location }).end();
      return true;
    });
    try {
      const { manifest, blobs } = await artifactOf("1.0.0");
      await open({ credentials }).pushBlob(manifest.config, async () => blobs[0] ?? new Uint8Array());
      expect(heard).toEqual(["PUT undefined"]);
    } finally {
      other.close();
    }
  });

  test("and content do not follow a redirect to another host", async () => {
    registry.intercept((request, response) => {
      if (request.method !== "PUT") return needBasic(request, response);
      request.resume().on("end", () => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end());
      return true;
    });
    await expect(push(await artifactOf("1.0.0"), { credentials })).rejects.toThrow(
      "redirects what was sent to it to 127.0.0.1:1",
    );
  });

  test("buy one token that allows to push, and to link from another repository", async () => {
    const seen: string[] = [];
    registry.intercept((request, response) => {
      if (request.url?.startsWith("/token")) {
        seen.push(...new URL(request.url, "http://x").searchParams.getAll("scope"));
        response.end('{"token":"t1"}');
        return true;
      }
      if (request.headers.authorization === "Bearer t1") return undefined;
      const scope = request.method === "GET" ? "repository:org/web:pull" : "repository:org/web:pull,push";
      response.setHeader("www-authenticate", `Bearer realm="http://${registry.host}/token",scope="${scope}"`);
      refuse(response, 401, "UNAUTHORIZED", "authentication required");
      return true;
    });
    const artifact = await artifactOf("1.0.0");
    await pushArtifact(artifact, open({ credentials }), { tags: ["1.0.0"] });
    expect(new Set(seen)).toEqual(new Set(["repository:org/web:pull,push"]));
  });
});

describe("copyArtifact()", () => {
  test("links blobs within one registry, and copies between two", async () => {
    const artifact = await artifactOf("1.0.0", randomBytes(1000));
    await pushArtifact(artifact, open(), { tags: ["1.0.0"] });
    registry.requests.length = 0;
    const { Registries } = await import("../../../src/engine/oci/index.js");
    const registries = new Registries({ fetch, insecure: true });
    const [from, to] = ["org/web", "copy/web"].map((repository) =>
      registries.repository({ host: registry.host, repository }),
    );
    if (from === undefined || to === undefined) throw new Error("two repositories were opened");
    // The fake knows blobs by digest alone, so those of the copy are made to be missing.
    registry.intercept((request, response) => {
      if (request.method !== "HEAD") return undefined;
      response.writeHead(404).end();
      return true;
    });
    await copyArtifact(from, "1.0.0", to, { tags: ["1.0.0", "stable"] });
    expect(registry.requests.filter((line) => line.startsWith("POST"))).toEqual(
      [artifact.manifest.config, ...artifact.manifest.layers].map(
        ({ digest }) => `POST /v2/copy/web/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=org%2Fweb`,
      ),
    );
    expect(registry.tags.get("copy/web:stable")).toBe(artifact.descriptor.digest);

    registry.intercept(undefined);
    const second = await startRegistry({});
    try {
      const there = openRepository({ host: second.host, repository: "x" }, { fetch, insecure: true });
      await copyArtifact(from, artifact.descriptor.digest, there, { tags: ["1.0.0"] });
      expect(second.tags.get("x:1.0.0")).toBe(artifact.descriptor.digest);
      expect(second.contents).toEqual(registry.contents);
    } finally {
      await second.close();
    }
  });

  test("copies an image index with what it lists", async () => {
    const repository = open();
    const { bytes } = await pushIndex(repository);
    const second = await startRegistry({});
    try {
      const there = openRepository({ host: second.host, repository: "x" }, { fetch, insecure: true });
      await copyArtifact(repository, "multi", there, { tags: ["multi"] });
      expect(second.tags.get("x:multi")).toBe(digestOf(bytes));
      expect(second.contents).toEqual(registry.contents);
    } finally {
      await second.close();
    }
  });
});
