import { isJsonObject } from "../json/index.js";
import { describe } from "./artifact.js";
import { hexOf } from "./digest.js";
import { OciError } from "./errors.js";
import { formatBytes, limits } from "./limits.js";
import { type Descriptor, encodeJson, type Manifest, mediaTypes, parseJson } from "./manifest.js";
import { formatIn, type Repository, readManifest, tryManifest, type WritableRepository } from "./repository.js";
import type { PublicKey, SigningKey } from "./signing-key.js";
import { isBundle, isSignedBundle } from "./sigstore-bundle.js";

// The form of cosign's signatures by key pairs: a "simple signing" payload for each, as layers of an artifact that is
// tagged with the digest (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md).
const payloadType = "application/vnd.dev.cosign.simplesigning.v1+json";
const signatureAnnotation = "dev.cosignproject.cosign/signature";
const configType = "application/vnd.oci.image.config.v1+json";

/** The tag under which signatures of a digest are kept. */
export function signatureTag(digest: string): string {
  return `sha256-${hexOf(digest)}.sig`;
}

/** Signs what has a digest in the repository; signatures by other keys stay. One by this key is not made twice. */
export async function signArtifact(
  repository: WritableRepository,
  digest: string,
  key: SigningKey,
  signal?: AbortSignal,
): Promise<void> {
  const tag = signatureTag(digest);
  const before = await readSignatures(repository, digest, signal);
  if (before !== undefined && (await isSigned(repository, digest, before, key.publicKey, signal))) return;
  const payload = encodeJson({
    critical: {
      identity: { "docker-reference": repository.name.startsWith("oci://") ? repository.name.slice(6) : "" },
      image: { "docker-manifest-digest": digest },
      type: "cosign container image signature",
    },
    optional: null,
  });
  const signature = Buffer.from(key.sign(payload)).toString("base64");
  const layer = { ...describe(payload, payloadType), annotations: { [signatureAnnotation]: signature } };
  const layers = [...(before?.layers ?? []), layer];
  const rootfs = { type: "layers", diff_ids: layers.map((each) => each.digest) };
  const config = encodeJson({ architecture: "", os: "", config: {}, rootfs });
  const configDescriptor = describe(config, configType);
  const bytes = encodeJson({ schemaVersion: 2, mediaType: mediaTypes.manifest, config: configDescriptor, layers });
  await repository.pushBlob(configDescriptor, async () => config, { signal });
  await repository.pushBlob(layer, async () => payload, { signal });
  await repository.pushManifest(tag, { descriptor: describe(bytes, mediaTypes.manifest), bytes }, signal);
}

/**
 * Checks that what has a digest is signed with a key: by a signature as {@link signArtifact} makes it, or by a sigstore bundle, as
 * cosign does since version 3. Who pushed it where does not count, so that a copy stays signed.
 *
 * @throws {OciError} `bad-signature` where there is none, or none by this key
 */
export async function verifySignature(
  repository: Repository,
  digest: string,
  key: PublicKey,
  signal?: AbortSignal,
): Promise<void> {
  const subject = formatIn(repository.name, digest);
  const signatures = await readSignatures(repository, digest, signal);
  if (signatures !== undefined && (await isSigned(repository, digest, signatures, key, signal))) return;
  const bundles = (await repository.referrers(digest, signal)).filter(isBundle);
  for (const bundle of bundles) {
    const { manifest } = await repository.manifest(bundle.digest, signal);
    for (const layer of manifest.layers.filter(isBundle)) {
      const content = await repository.blob(boundedPayload(layer, repository), signal);
      if (isSignedBundle(content, digest, key)) return;
    }
  }
  const count = (signatures?.layers.length ?? 0) + bundles.length;
  if (count === 0) {
    const places = `neither a tag ${signatureTag(digest)} beside it nor a sigstore bundle that refers to it`;
    throw new OciError("bad-signature", `${subject} is not signed: there is ${places}`);
  }
  const found = count === 1 ? "the signature that it has is" : "the signatures that it has are";
  throw new OciError(
    "bad-signature",
    `${subject} is not signed with the wanted key: ${found} of another one or of other content`,
  );
}

async function readSignatures(
  repository: Repository,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  const tag = signatureTag(digest);
  const found = await tryManifest(repository, tag, signal);
  return found && readManifest(found, formatIn(repository.name, tag)).manifest;
}

/** Whether one of the signatures is by the key, and of this very digest. */
async function isSigned(
  repository: Repository,
  digest: string,
  { layers }: Manifest,
  key: PublicKey,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const layer of layers) {
    const signature = layer.annotations?.[signatureAnnotation];
    if (layer.mediaType !== payloadType || signature === undefined) continue;
    const payload = await repository.blob(boundedPayload(layer, repository), signal);
    if (signedDigest(payload) === digest && key.verify(payload, Buffer.from(signature, "base64"))) return true;
  }
  return false;
}

function boundedPayload(layer: Descriptor, { name }: Repository): Descriptor {
  if (layer.size <= limits.answerBytes) return layer;
  throw new OciError("too-large", `A signature in ${name} has ${formatBytes(layer.size)}`);
}

/** What a payload is a signature of. */
function signedDigest(payload: Uint8Array): string | undefined {
  const claim = parseJson(payload);
  const critical = isJsonObject(claim) ? claim.critical : undefined;
  const image = isJsonObject(critical) ? critical.image : undefined;
  const digest = isJsonObject(image) ? image["docker-manifest-digest"] : undefined;
  return typeof digest === "string" ? digest : undefined;
}
