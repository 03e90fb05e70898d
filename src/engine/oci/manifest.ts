import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { isDigest } from "./digest.js";
import { OciError } from "./errors.js";
import { formatBytes, limits } from "./limits.js";

/** Media types that sheaf reads or writes. */
export const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
} as const;

/** A pointer to content: what it is, its digest and its size in bytes. */
export type Descriptor = Readonly<{
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Readonly<Record<string, string>>;
  /** In lists of manifests: what kind of artifact one is. */
  artifactType?: string;
}>;

/** An OCI image manifest, as far as artifacts use it. */
export type Manifest = Readonly<{
  schemaVersion: 2;
  mediaType: string;
  config: Descriptor;
  layers: readonly Descriptor[];
  annotations: Readonly<Record<string, string>>;
}>;

/**
 * Reads and checks the bytes of a manifest.
 *
 * @param bytes The bytes as received; digests are computed from them, never from a second writing
 * @param subject How messages call the manifest, such as its reference
 * @throws {OciError} `too-large` or `bad-manifest`
 */
export function parseManifest(bytes: Uint8Array, subject: string): Manifest {
  const fail = (fault: string): OciError => new OciError("bad-manifest", `The manifest of ${subject} ${fault}`);
  if (bytes.length > limits.manifestBytes) {
    const limit = formatBytes(limits.manifestBytes);
    throw new OciError("too-large", `The manifest of ${subject} is larger than the ${limit} that sheaf reads`);
  }
  const manifest = parseJson(bytes);
  if (!isJsonObject(manifest)) throw fail("is not a JSON object");
  const { mediaType = mediaTypes.manifest, schemaVersion, config, layers } = manifest;
  if (mediaType === mediaTypes.index || mediaType === mediaTypes.dockerIndex || Array.isArray(manifest.manifests)) {
    throw fail("is an image index (several manifests, as for platforms), where the manifest of one artifact is wanted");
  }
  if (mediaType !== mediaTypes.manifest && mediaType !== mediaTypes.dockerManifest) {
    throw fail(`has the media type ${JSON.stringify(mediaType)}, wanted "${mediaTypes.manifest}"`);
  }
  if (schemaVersion !== 2) throw fail(`has the schemaVersion ${JSON.stringify(schemaVersion)}, wanted 2`);
  if (!Array.isArray(layers)) throw fail("has no list of layers");
  if (layers.length > limits.layers)
    throw fail(`has ${layers.length} layers, more than the ${limits.layers} that sheaf reads`);
  const readDescriptor = (value: JsonValue | undefined, what: string): Descriptor => {
    const descriptor = tryDescriptor(value);
    if (descriptor === undefined) throw fail(`has no good descriptor as ${what} (mediaType, sha256 digest and size)`);
    return descriptor;
  };
  return {
    schemaVersion: 2,
    mediaType,
    config: readDescriptor(config, "config"),
    layers: layers.map((layer, i) => readDescriptor(layer, `layers[${i}]`)),
    annotations: stringsOf(manifest.annotations),
  };
}

/** The media type that the bytes of a manifest or an index say of themselves, where they do. */
export function mediaTypeOf(bytes: Uint8Array): string | undefined {
  const manifest = parseJson(bytes);
  const mediaType = isJsonObject(manifest) ? manifest.mediaType : undefined;
  return typeof mediaType === "string" && mediaTypePattern.test(mediaType) ? mediaType : undefined;
}

/** The annotations of the bytes of a manifest or an index; none where they are something else. */
export function annotationsOf(bytes: Uint8Array): Readonly<Record<string, string>> {
  const manifest = parseJson(bytes);
  return isJsonObject(manifest) ? stringsOf(manifest.annotations) : {};
}

/** RFC 6838, section 4.2. Nothing else may stand in messages. */
const mediaTypePattern = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/** A descriptor read from JSON, or undefined where it is none. */
export function tryDescriptor(value: JsonValue | undefined): Descriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const { mediaType, digest, size, annotations, artifactType } = value;
  if (
    typeof mediaType !== "string" ||
    !mediaTypePattern.test(mediaType) ||
    typeof digest !== "string" ||
    !isDigest(digest)
  )
    return undefined;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return undefined;
  return {
    mediaType,
    digest,
    size,
    ...(annotations !== undefined && { annotations: stringsOf(annotations) }),
    ...(typeof artifactType === "string" && { artifactType }),
  };
}

/** The value of JSON text, or undefined where the bytes are no JSON. */
export function parseJson(bytes: Uint8Array): JsonValue | undefined {
  try {
    const value: JsonValue = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return value;
  } catch {
    return undefined;
  }
}

/** JSON as bytes: keys in the order given, no spaces, so that equal data give equal digests. */
export function encodeJson(value: JsonObject): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function stringsOf(value: JsonValue | undefined): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).flatMap(([k, v]) => (typeof v === "string" ? [[k, v]] : [])));
}
