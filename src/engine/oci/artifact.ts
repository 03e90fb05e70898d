import { gunzipSync } from "node:zlib";
import { digestOf } from "./digest.js";
import { OciError } from "./errors.js";
import { type FileTree, TreeBuilder } from "./file-tree.js";
import { formatBytes, limits } from "./limits.js";
import { type Descriptor, encodeJson, type Manifest, mediaTypes as manifestTypes } from "./manifest.js";
import { packArchive } from "./pack.js";
import type { Repository } from "./repository.js";
import { unpackArchive } from "./unpack.js";

/** What Timoni publishes and reads (docs: the artifact format of a module), so that either tool takes the other's. */
export const timoniMediaTypes = {
  config: "application/vnd.timoni.config.v1+json",
  content: "application/vnd.timoni.content.v1.tar+gzip",
} as const;

/** Annotations of manifests and layers that sheaf reads or writes. */
export const annotations = {
  version: "org.opencontainers.image.version",
  created: "org.opencontainers.image.created",
  source: "org.opencontainers.image.source",
  revision: "org.opencontainers.image.revision",
  contentType: "sh.timoni.content.type",
  images: "sh.timoni.images",
} as const;

/** An artifact that is ready to be pushed or written: `blobs` holds config, layers and, last, the manifest. */
export type Artifact = Readonly<{ descriptor: Descriptor; manifest: Manifest; blobs: readonly Uint8Array[] }>;

/** What an artifact is made of. `mtimeSeconds` is the time of its files, in seconds since 1970. */
export type ArtifactContent = Readonly<{
  tree: FileTree;
  mtimeSeconds: number;
  /** What a layer of Timoni's media type says that it holds; `module` unless given. */
  contentType?: string | undefined;
  /** Others than Timoni's. */
  mediaTypes?: Readonly<{ config: string; content: string }> | undefined;
  annotations: Readonly<Record<string, string>>;
}>;

/** `contentType` leaves out layers that say that they hold something else. */
export type ReadArtifactOptions = Readonly<{ contentType?: string | undefined; signal?: AbortSignal | undefined }>;

/**
 * Packs files, such as those of a module, as an artifact of one layer. Every byte follows from the arguments.
 *
 * @throws {OciError} `too-large`, `unsafe-archive`
 */
export async function buildArtifact(content: ArtifactContent): Promise<Artifact> {
  const layerBytes = await packArchive(content.tree, content.mtimeSeconds);
  if (layerBytes.length > limits.blobBytes) {
    const [size, limit] = [formatBytes(layerBytes.length), formatBytes(limits.blobBytes)];
    throw new OciError("too-large", `The files pack to ${size}, more than the ${limit} that sheaf would pull again`);
  }
  const created = content.annotations[annotations.created];
  const config = encodeJson({
    ...(created === undefined ? {} : { created }),
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(gunzipSync(layerBytes))] },
  });
  const mediaTypes = content.mediaTypes ?? timoniMediaTypes;
  const contentType = content.contentType ?? (content.mediaTypes === undefined ? "module" : undefined);
  const layer = {
    ...describe(layerBytes, mediaTypes.content),
    ...(contentType !== undefined && { annotations: { [annotations.contentType]: contentType } }),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestTypes.manifest,
    config: describe(config, mediaTypes.config),
    layers: [layer],
    annotations: Object.fromEntries(Object.entries(content.annotations).sort(([a], [b]) => (a < b ? -1 : 1))),
  } as const satisfies Manifest;
  const manifestBytes = encodeJson({ ...manifest, layers: [layer] });
  return {
    descriptor: describe(manifestBytes, manifestTypes.manifest),
    manifest,
    blobs: [config, layerBytes, manifestBytes],
  };
}

/**
 * Reads the files of an artifact: every layer of Timoni's media type, in order; a later one replaces files of an earlier
 * one.
 *
 * @param subject How messages call the artifact, such as its reference
 * @throws {OciError} What the repository throws, and `bad-manifest` for an artifact without such a layer
 */
export async function readArtifact(
  repository: Repository,
  manifest: Manifest,
  subject: string,
  { contentType, signal }: ReadArtifactOptions = {},
): Promise<FileTree> {
  const layers = manifest.layers.filter(
    (layer) =>
      layer.mediaType === timoniMediaTypes.content &&
      (contentType === undefined || layer.annotations?.[annotations.contentType] === contentType),
  );
  if (layers.length === 0) throw new OciError("bad-manifest", `${subject} ${lackOf(manifest, contentType)}`);
  const total = layers.reduce((sum, layer) => sum + layer.size, 0);
  if (total > limits.blobBytes) {
    throw new OciError(
      "too-large",
      `The layers of ${subject} have ${formatBytes(total)}, more than the ${formatBytes(limits.blobBytes)} that sheaf pulls`,
    );
  }
  const blobs = await Promise.all(layers.map((layer) => repository.blob(layer, signal)));
  const files = new Map<string, Readonly<{ content: Uint8Array; executable: boolean }>>();
  for (const blob of blobs) {
    const tree = await unpackArchive(blob, `The artifact ${subject}`);
    for (const [path, content] of tree.files) files.set(path, { content, executable: tree.executable.has(path) });
  }
  const merged = new TreeBuilder(`The artifact ${subject}`);
  for (const [path, { content, executable }] of files) merged.addFile(path, content, executable);
  return merged.build();
}

/** What an artifact has instead of the layers that are wanted. */
function lackOf({ layers }: Manifest, contentType: string | undefined): string {
  const found = layers.map(({ mediaType, annotations: notes }) => {
    const kind = notes?.[annotations.contentType];
    return kind === undefined ? mediaType : `${mediaType} (${JSON.stringify(kind.slice(0, 100))})`;
  });
  const held = [...new Set(found)].join(", ") || "no layers";
  if (contentType === undefined) {
    return `is not a module: it holds ${held}, wanted a layer of the type ${timoniMediaTypes.content}`;
  }
  return `has no content of the type ${JSON.stringify(contentType)}: it holds ${held}`;
}

/** The descriptor of bytes. */
export function describe(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
