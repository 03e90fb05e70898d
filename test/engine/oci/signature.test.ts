import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Artifact,
  buildArtifact,
  ContentCache,
  cachedRepository,
  copyArtifact,
  digestOf,
  openRepository,
  type PublicKey,
  pushArtifact,
  readPublicKey,
  readSigningKey,
  type SigningKey,
  signArtifact,
  signatureTag,
  treeOf,
  verifySignature,
  type WritableRepository,
} from "../../../src/engine/oci/index.js";
import { isSignedBundle } from "../../../src/engine/oci/sigstore-bundle.js";
import { type FakeRegistry, startRegistry } from "./fake-registry.js";

// The key pair was made by `cosign generate-key-pair`, version 3.1, for these tests.
const cosign = (name: string) => readFileSync(join(import.meta.dirname, "../../fixtures/cosign", name), "utf8");
const password = () => "hunter2hunter2";

const artifactOf = (version: string): Promise<Artifact> =>
  buildArtifact({
    tree: treeOf(new Map()),
    mtimeSeconds: 0,
    annotations: { "org.opencontainers.image.version": version },
  });

const generate = {
  ec: () => generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  rsa: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ed25519: () => generateKeyPairSync("ed25519"),
} as const;

/** A key pair, read from PEM text as a user has it. */
const pairOf = async (type: keyof typeof generate): Promise<Readonly<{ key: SigningKey; publicKey: PublicKey }>> => {
  const { privateKey, publicKey } = generate[type]();
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    key: await readSigningKey(pem, "test.key", () => undefined),
    publicKey: readPublicKey(publicKey.export({ type: "spki", format: "pem" }).toString(), "test.pub"),
  };
};

let registry: FakeRegistry;
let repository: WritableRepository;
let artifact: Artifact;
let digest: string;

beforeEach(async () => {
  registry = await startRegistry({});
  repository = openRepository({ host: registry.host, repository: "org/web" }, { fetch, insecure: true });
  artifact = await artifactOf("1.0.0");
  digest = artifact.descriptor.digest;
  await pushArtifact(artifact, repository, { tags: ["1.0.0"] });
});
afterEach(() => registry.close());

describe("verifySignature()", () => {
  test.each(["ec", "rsa", "ed25519"] as const)("accepts what signArtifact() signed: %s", async (type) => {
    const { key, publicKey } = await pairOf(type);
    await signArtifact(repository, digest, key);
    await verifySignature(repository, digest, publicKey);
    await expect(verifySignature(repository, digest, (await pairOf(type)).publicKey)).rejects.toMatchObject({
      code: "bad-signature",
    });
  });

  test("finds the right one of several; the same key signs once", async () => {
    const [one, two] = [await pairOf("ec"), await pairOf("ec")];
    await signArtifact(repository, digest, one.key);
    await signArtifact(repository, digest, two.key);
    await signArtifact(repository, digest, one.key);
    expect((await repository.manifest(signatureTag(digest))).manifest.layers).toHaveLength(2);
    await verifySignature(repository, digest, one.publicKey);
    await verifySignature(repository, digest, two.publicKey);
  });

  test("says that nothing is signed", async () => {
    const { publicKey } = await pairOf("ec");
    await expect(verifySignature(repository, digest, publicKey)).rejects.toThrow(
      /is not signed: there is neither a tag sha256-/,
    );
  });

  test("refuses a signature of other content that was put under this digest", async () => {
    const { key, publicKey } = await pairOf("ec");
    const other = await artifactOf("2.0.0");
    await pushArtifact(other, repository, { tags: ["2.0.0"] });
    await signArtifact(repository, other.descriptor.digest, key);
    const signatures = await repository.rawManifest(signatureTag(other.descriptor.digest));
    await repository.pushManifest(signatureTag(digest), signatures);
    await expect(verifySignature(repository, digest, publicKey)).rejects.toThrow("of another one or of other content");
  });

  test("still accepts a copy", async () => {
    const { key, publicKey } = await pairOf("ec");
    await signArtifact(repository, digest, key);
    const copy = openRepository({ host: registry.host, repository: "copy" }, { fetch, insecure: true });
    await copyArtifact(repository, "1.0.0", copy, { tags: ["1.0.0"] });
    await verifySignature(copy, digest, publicKey);
  });
});

describe("sigstore bundles", () => {
  const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
  // Signed by cosign 3.1 with the key of these tests.
  const signed = "sha256:553e09a47ab3fb18a7288d3613faed82ad1f3c712fb59adb889fb96dfcb3d22c";
  const recorded = () => JSON.parse(cosign("bundle.json"));
  const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
  const publicKey = () => readPublicKey(cosign("cosign.pub"), "cosign.pub");

  test("by cosign are accepted", () => {
    expect(isSignedBundle(bytesOf(recorded()), signed, publicKey())).toBe(true);
  });

  test.each<[string, (bundle: ReturnType<typeof recorded>) => unknown]>([
    ["without an envelope", () => ({})],
    ["that is no JSON object", () => 3],
    [
      "with another signature",
      (bundle) => ({ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, signatures: [{ sig: "AAAA" }] } }),
    ],
    ["with no signature", (bundle) => ({ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, signatures: [] } })],
    [
      "of another type",
      (bundle) => ({ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payloadType: "text/plain" } }),
    ],
    [
      "with another statement",
      (bundle) => {
        const payload = Buffer.from(bundle.dsseEnvelope.payload, "base64")
          .toString()
          .replace('"annotations":{}', '"annotations":{"a":"b"}');
        return { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: btoa(payload) } };
      },
    ],
  ])("%s are not", (_, change) => {
    expect(isSignedBundle(bytesOf(change(recorded())), signed, publicKey())).toBe(false);
  });

  test("of other content or by another key are not", async () => {
    expect(isSignedBundle(bytesOf(recorded()), digest, publicKey())).toBe(false);
    expect(isSignedBundle(bytesOf(recorded()), signed, (await pairOf("ec")).publicKey)).toBe(false);
  });

  /** Puts a bundle beside the artifact, as cosign does where the registry has no list of referrers. */
  async function attachBundle(key: SigningKey, predicateType: string): Promise<void> {
    const payload = bytesOf({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: { sha256: digest.slice(7) } }],
      predicateType,
      predicate: {},
    });
    const type = "application/vnd.in-toto+json";
    const text = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
    const bundle = bytesOf({
      mediaType: bundleType,
      dsseEnvelope: {
        payload: payload.toString("base64"),
        payloadType: type,
        signatures: [{ sig: Buffer.from(key.sign(text)).toString("base64") }],
      },
    });
    const put = async (bytes: Buffer, mediaType: string) => {
      const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      if (mediaType.includes("manifest") || mediaType.includes("index")) return { descriptor, bytes };
      await repository.pushBlob(descriptor, async () => bytes);
      return { descriptor, bytes };
    };
    const config = await put(Buffer.from("{}"), "application/vnd.oci.empty.v1+json");
    const layer = await put(bundle, bundleType);
    const manifestType = "application/vnd.oci.image.manifest.v1+json";
    const manifest = await put(
      bytesOf({
        schemaVersion: 2,
        mediaType: manifestType,
        artifactType: bundleType,
        config: config.descriptor,
        layers: [layer.descriptor],
        subject: artifact.descriptor,
      }),
      manifestType,
    );
    await repository.pushManifest(manifest.descriptor.digest, manifest);
    const indexType = "application/vnd.oci.image.index.v1+json";
    const manifests = [{ ...manifest.descriptor, artifactType: bundleType }];
    const index = await put(bytesOf({ schemaVersion: 2, mediaType: indexType, manifests }), indexType);
    await repository.pushManifest(`sha256-${digest.slice(7)}`, index);
  }

  test("are found beside the artifact, and go along with a copy", async () => {
    const { key, publicKey } = await pairOf("ec");
    await attachBundle(key, "https://sigstore.dev/cosign/sign/v1");
    await verifySignature(repository, digest, publicKey);
    const other = (await pairOf("ec")).publicKey;
    await expect(verifySignature(repository, digest, other)).rejects.toThrow(
      "the signature that it has is of another one",
    );

    const second = await startRegistry({});
    try {
      const copy = openRepository({ host: second.host, repository: "copy" }, { fetch, insecure: true });
      await copyArtifact(repository, "1.0.0", copy, { tags: ["1.0.0"] });
      await verifySignature(copy, digest, publicKey);
    } finally {
      await second.close();
    }
  });

  test("that attest something else are no signatures", async () => {
    const { key, publicKey } = await pairOf("ec");
    await attachBundle(key, "https://slsa.dev/provenance/v1");
    await expect(verifySignature(repository, digest, publicKey)).rejects.toMatchObject({ code: "bad-signature" });
  });

  test("are found in the list that a registry has of its own, and offline in the cache", async () => {
    const { key, publicKey } = await pairOf("ec");
    await attachBundle(key, "https://sigstore.dev/cosign/sign/v1");
    const tag = `org/web:sha256-${digest.slice(7)}`;
    const list = registry.contents.get(registry.tags.get(tag) ?? "");
    registry.tags.delete(tag);
    registry.intercept((request, response) => {
      if (!request.url?.includes("/referrers/")) return undefined;
      // A first page without it, and then the one that lists it.
      const isNext = request.url.endsWith("?page=2");
      if (!isNext) response.setHeader("link", `<${request.url}?page=2>; rel="next"`);
      response.end(isNext ? list : '{"schemaVersion":2,"manifests":[]}');
      return true;
    });
    const dir = await mkdtemp(join(tmpdir(), "sheaf-"));
    try {
      const cache = new ContentCache(dir);
      await verifySignature(cachedRepository(repository, cache), digest, publicKey);
      registry.requests.length = 0;
      await cachedRepository(repository, cache, true).referrers(digest);
      expect(registry.requests).toEqual([]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe("keys", () => {
  test("that cosign made are read", async () => {
    const key = await readSigningKey(cosign("cosign.key"), "cosign.key", password);
    await signArtifact(repository, digest, key);
    await verifySignature(repository, digest, readPublicKey(cosign("cosign.pub"), "cosign.pub"));
  });

  const encrypted = () =>
    generateKeyPairSync("ec", {
      namedCurve: "prime256v1",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: password() },
    }).privateKey;

  test("that OpenSSL encrypted are read", async () => {
    expect(await readSigningKey(encrypted(), "test.key", password)).toBeDefined();
  });

  test.each([
    ["no PEM file", "hello", password, "x.key is not a private key in PEM form"],
    [
      "a cosign key without its password",
      cosign("cosign.key"),
      () => undefined,
      "put its password into the variable COSIGN_PASSWORD",
    ],
    ["a cosign key with another password", cosign("cosign.key"), () => "wr0ng", "is the password the right one?"],
    ["an encrypted key with another password", encrypted(), () => "wr0ng", "is the password the right one?"],
    [
      "a key of another kind",
      generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      password,
      "a key of the type x25519, wanted ECDSA",
    ],
    [
      "a key that would take too long to decrypt",
      `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${btoa('{"kdf":{"name":"scrypt","params":{"N":1073741824,"r":8,"p":1}},"cipher":{"name":"nacl/secretbox"}}')}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----`,
      password,
      "cannot be read as a private key",
    ],
  ])("%s: an error", async (_, pem, ask, fault) => {
    const attempt = readSigningKey(pem, "x.key", ask);
    await expect(attempt).rejects.toMatchObject({ code: "bad-key" });
    await expect(attempt).rejects.toThrow(fault);
    await expect(attempt).rejects.not.toThrow("wr0ng");
  });

  test.each([
    ["a private key", () => cosign("cosign.key"), "x.pub is a private key"],
    ["no key", () => "hello", "x.pub is not a public key in PEM form"],
  ])("a public key that is %s: an error", (_, pem, fault) => {
    expect(() => readPublicKey(pem(), "x.pub")).toThrow(fault);
  });
});
