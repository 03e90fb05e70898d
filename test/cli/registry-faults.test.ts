import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar, type TarHeader } from "modern-tar";
import { describe, expect, test } from "vitest";
import { type Artifact, buildArtifact, digestOf, readTree } from "../../src/engine/oci/index.js";
import { type FakeRegistry, type Intercept, portOf, refuse, startRegistry } from "../engine/oci/fake-registry.js";
import { sheaf, tempDir } from "../support/run-cli.js";

// What a user sees when a registry fails or is hostile, and what is left behind: nothing. The pauses between attempts are
// the real ones, so cases that are tried again run side by side.

const good = async (): Promise<Artifact> =>
  buildArtifact({
    tree: await readTree("modules/flux-tenant"),
    mtimeSeconds: 0,
    annotations: { "org.opencontainers.image.version": "1.0.0" },
  });

/** An artifact whose layer is the given bytes, whatever they are. */
async function withLayer(bytes: Uint8Array): Promise<Artifact> {
  const { manifest, blobs } = await good();
  const layers = manifest.layers.map((layer) => ({ ...layer, digest: digestOf(bytes), size: bytes.length }));
  const text = Buffer.from(JSON.stringify({ ...manifest, layers }));
  const descriptor = { mediaType: manifest.mediaType, digest: digestOf(text), size: text.length };
  return { descriptor, manifest: { ...manifest, layers }, blobs: [blobs[0] ?? text, bytes, text] };
}

const archiveOf = async (header: Partial<TarHeader>) =>
  gzipSync(await packTar([{ header: { name: "x", size: 0, type: "file", ...header } }]));

const on =
  (path: RegExp, handle: Intercept): Intercept =>
  (request, response) =>
    path.test(request.url ?? "") ? handle(request, response) : undefined;
const answering =
  (body: Uint8Array | string): Intercept =>
  (_, response) =>
    Boolean(response.end(body)) || true;

/** Runs a pull against a registry that fails, and again when it does not any more. */
async function pullTwice(
  artifact: Artifact,
  fault: Intercept | undefined,
  more: readonly string[] = [],
): Promise<Readonly<{ code: number; stderr: string; left: string[]; again: number; registry: FakeRegistry }>> {
  const registry = await startRegistry({ "web:1.0.0": artifact });
  try {
    const [cwd, home] = [tempDir(), tempDir()];
    const pull = () =>
      sheaf(["mod", "pull", `oci://${registry.host}/web`, "-v", "1.0.0", "-o", "out", "--registry-insecure", ...more], {
        cwd,
        env: { HOME: home },
      });
    registry.intercept(fault);
    const { code, stderr } = await pull();
    const cache = join(home, ".cache/sheaf/blobs/sha256");
    const kept = existsSync(cache) ? readdirSync(cache) : [];
    // Content that was whole may be kept, under its own digest; nothing else may.
    const strange = kept.filter((name) => !registry.contents.has(`sha256:${name}`));
    const left = [...readdirSync(cwd).filter((name) => code !== 0 || name !== "out"), ...strange];
    registry.intercept(undefined);
    const again = code === 0 ? 0 : (await pull()).code;
    return { code, stderr, left, again, registry };
  } finally {
    await registry.close();
  }
}

describe("mod pull, when the registry", () => {
  const cases: [string, Intercept, RegExp][] = [
    [
      "resets every connection",
      on(/blobs/, (_, response) => Boolean(response.socket?.resetAndDestroy()) || true),
      /cannot reach 127\.0\.0\.1:\d+/,
    ],
    [
      "cuts a blob off",
      on(/blobs/, (_, response) => {
        response.setHeader("content-length", 100_000);
        response.write("x");
        setImmediate(() => response.destroy());
        return true;
      }),
      /cannot reach 127\.0\.0\.1:\d+/,
    ],
    ["ends a blob early", on(/blobs/, answering("x")), /ends after 1 byte of the .* that its manifest says/],
    [
      "sends more than a blob",
      on(/blobs/, answering(Buffer.alloc(100_000))),
      /is longer than the .* that its manifest says/,
    ],
    [
      "answers 500",
      on(/blobs/, (_, r) => Boolean(refuse(r, 500, "UNKNOWN", "disk full")) || true),
      /HTTP 500: UNKNOWN disk full/,
    ],
    [
      "answers 403",
      on(/manifests/, (_, r) => Boolean(refuse(r, 403, "DENIED", "no")) || true),
      /does not allow it: DENIED no/,
    ],
    ["gives no manifest", on(/manifests/, answering("<html>")), /is not a JSON object/],
    [
      "gives a manifest without end",
      on(/manifests/, (_, response) => {
        const chunk = Buffer.alloc(1 << 20);
        const more = () => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on("drain", more);
        more();
        return true;
      }),
      /is larger than the 4 MiB that sheaf reads/,
    ],
    [
      "redirects without end",
      on(/blobs/, (request, response) => Boolean(response.writeHead(307, { location: request.url }).end()) || true),
      /redirects more than 5 times/,
    ],
  ];
  test("fails: the error says how, nothing is left, and a retry succeeds", async () => {
    const found = await Promise.all(
      cases.map(async ([title, fault]) => ({ title, ...(await pullTwice(await good(), fault)) })),
    );
    expect(found.map(({ title, code, left, again }) => [title, code, left, again])).toEqual(
      cases.map(([title]) => [title, 1, [], 0]),
    );
    expect(found.map(({ stderr }) => stderr)).toEqual(cases.map(([, , message]) => expect.stringMatching(message)));
    expect(found.filter(({ stderr }) => stderr.trim().includes("\n"))).toEqual([]);
  });

  test("asks to wait: it is waited for, and nobody is told", async () => {
    let asked = 0;
    const fault = on(/blobs|manifests/, (_, response) => {
      if (asked++ > 1) return undefined;
      response.setHeader("retry-after", "0");
      refuse(response, 429, "TOOMANYREQUESTS", "later");
      return true;
    });
    expect(await pullTwice(await good(), fault)).toMatchObject({ code: 0, stderr: "", left: [] });
    expect(asked).toBeGreaterThan(2);
  });

  test("redirects to another host: no credentials go there", async () => {
    const artifact = await good();
    const heard: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      heard.push(request.headers.authorization);
      response.end(artifact.blobs.find((bytes) => request.url === `/${digestOf(bytes)}`));
    }).listen(0, "127.0.0.1");
    await new Promise((done) => other.once("listening", done));
    const host = `127.0.0.1:${portOf(other.address())}`;
    try {
      const { code, registry } = await pullTwice(
        artifact,
        (request, response) => {
          if (request.headers.authorization === undefined) {
            response.setHeader("www-authenticate", 'Basic realm="x"');
            refuse(response, 401, "UNAUTHORIZED", "who?");
            return true;
          }
          const digest = /blobs\/(.*)$/.exec(request.url ?? "")?.[1];
          if (digest === undefined) return undefined;
          response.writeHead(307, { location: `http://${host}/${digest}` }).end();
          return true;
        },
        ["--creds", "me:s3cret"],
      );
      expect([code, heard]).toEqual([0, [undefined]]);
      expect(registry.requests.some((line) => line.includes("Basic"))).toBe(true);
    } finally {
      other.close();
    }
  });
});

describe("mod pull of a hostile archive", () => {
  test.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ["that leaves the folder", () => archiveOf({ name: "../x" }), /leaves the folder with "\.\."/],
    ["with an absolute name", () => archiveOf({ name: "/etc/passwd" }), /is absolute; paths must be relative/],
    [
      "with a link out",
      () => archiveOf({ type: "symlink", linkname: "../../etc/passwd" }),
      /leaves the folder with "\.\."/,
    ],
    ["with a device", () => archiveOf({ type: "character-device" }), /holds "x", a character-device/],
    [
      "that is a bomb",
      async () => gzipSync(Buffer.alloc(300 * 1024 * 1024), { level: 1 }),
      /unpacks to more than the 256 MiB/,
    ],
    ["that is none", async () => Buffer.from("hello"), /is not a whole gzip file/],
  ])("%s: an error, and nothing is left", async (_, layer, message) => {
    const { code, stderr, left } = await pullTwice(await withLayer(await layer()), undefined);
    expect([code, left]).toEqual([1, []]);
    expect(stderr).toMatch(message);
  });
});
