import { mkdir, open, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject } from "../json/index.js";
import { digestOf, hexOf, isDigest, verifyContent } from "./digest.js";
import { OciError } from "./errors.js";
import { formatBytes, limits } from "./limits.js";
import { type Descriptor, encodeJson, mediaTypes, parseJson, parseManifest, tryDescriptor } from "./manifest.js";
import { type FetchedManifest, formatIn, type Repository } from "./repository.js";

/** The annotation of an index entry that names it, as skopeo and others write it. */
export const refNameAnnotation = "org.opencontainers.image.ref.name";

const layoutVersion = "1.0.0";

/** One name in the index of a layout: `repository` is empty where the name is a tag alone. */
export type LayoutEntry = Readonly<{ repository: string; tag: string; descriptor: Descriptor }>;

/**
 * An OCI image layout (https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md) that is open for
 * reading. It may hold several repositories: an entry named `web:1.0.0` is the tag 1.0.0 of `web`, one named `1.0.0` is
 * a tag of the layout itself, whose repository has the empty name.
 */
export type ImageLayout = Readonly<{
  dir: string;
  entries: readonly LayoutEntry[];
  /** The repository of a name, which need not exist: its methods say so. */
  repository(name: string): Repository;
}>;

/** Tells a folder that is an image layout, by its `oci-layout` file. */
export async function isLayout(dir: string): Promise<boolean> {
  return stat(join(dir, "oci-layout")).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * Opens an image layout. Only its index is read.
 *
 * @throws {OciError} `bad-layout`
 */
export async function openLayout(dir: string): Promise<ImageLayout> {
  const fail = (fault: string): OciError => new OciError("bad-layout", `${dir} is not an OCI image layout: ${fault}`);
  const [marker, index] = await Promise.all([readJson(join(dir, "oci-layout")), readJson(join(dir, "index.json"))]);
  if (!isJsonObject(marker) || typeof marker.imageLayoutVersion !== "string")
    throw fail("its oci-layout file is missing or not as wanted");
  if (!marker.imageLayoutVersion.startsWith("1."))
    throw fail(`its version is "${marker.imageLayoutVersion}", wanted "${layoutVersion}"`);
  if (!isJsonObject(index) || !Array.isArray(index.manifests))
    throw fail("its index.json is missing or holds no list of manifests");
  const entries = index.manifests.flatMap((value): LayoutEntry[] => {
    const descriptor = tryDescriptor(value);
    const name = descriptor?.annotations?.[refNameAnnotation];
    if (descriptor === undefined || name === undefined) return [];
    const colon = name.lastIndexOf(":");
    return [{ repository: name.slice(0, Math.max(0, colon)), tag: name.slice(colon + 1), descriptor }];
  });
  return { dir, entries, repository: (name) => layoutRepository(dir, name, entries) };
}

function layoutRepository(dir: string, repository: string, all: readonly LayoutEntry[]): Repository {
  const name = repository === "" ? `the image layout ${dir}` : `"${repository}" in the image layout ${dir}`;
  const entries = all.filter((entry) => entry.repository === repository);
  const read = async (descriptor: Descriptor, what: string, maxBytes: number): Promise<Uint8Array> => {
    if (descriptor.size > maxBytes) {
      throw new OciError(
        "too-large",
        `${what} has ${formatBytes(descriptor.size)}, more than the ${formatBytes(maxBytes)} that sheaf reads`,
      );
    }
    const bytes = await readSized(blobPath(dir, descriptor.digest), descriptor.size).catch((cause: unknown) => {
      throw new OciError("not-found", `${what} is missing in the layout`, { cause });
    });
    verifyContent(bytes, descriptor, what);
    return bytes;
  };
  return {
    name,
    async listTags() {
      if (entries.length > 0) return entries.map((entry) => entry.tag);
      const names = [...new Set(all.map((entry) => entry.repository))].filter((other) => other !== "").sort();
      throw new OciError("not-found", `There is no ${name}${names.length > 0 ? `; it holds ${names.join(", ")}` : ""}`);
    },
    async manifest(reference): Promise<FetchedManifest> {
      const subject = formatIn(name, reference);
      const entry = entries.find(
        ({ tag, descriptor }) => (isDigest(reference) ? descriptor.digest : tag) === reference,
      );
      if (entry === undefined) throw new OciError("not-found", `${subject} does not exist`);
      const { mediaType, digest, size } = entry.descriptor;
      const bytes = await read(entry.descriptor, `The manifest of ${subject}`, limits.manifestBytes);
      return { descriptor: { mediaType, digest, size }, manifest: parseManifest(bytes, subject), bytes };
    },
    blob: (descriptor) => read(descriptor, `The blob ${descriptor.digest} of ${name}`, limits.blobBytes),
  };
}

/** What a layout is written from: names of manifests, and every blob that they need, manifests included. */
export type LayoutContent = Readonly<{ entries: readonly LayoutEntry[]; blobs: Iterable<Uint8Array> }>;

/** Writes an image layout into a folder. Equal content gives equal bytes; entries keep their order. */
export async function writeLayout(dir: string, { entries, blobs }: LayoutContent): Promise<void> {
  await mkdir(join(dir, "blobs", "sha256"), { recursive: true });
  for (const blob of blobs) await writeFile(blobPath(dir, digestOf(blob)), blob);
  const manifests = entries.map(({ repository, tag, descriptor: { mediaType, digest, size, annotations } }) => {
    const refName = repository === "" ? tag : `${repository}:${tag}`;
    return { mediaType, digest, size, annotations: { ...annotations, [refNameAnnotation]: refName } };
  });
  await writeFile(join(dir, "index.json"), encodeJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
  await writeFile(join(dir, "oci-layout"), encodeJson({ imageLayoutVersion: layoutVersion }));
}

function blobPath(dir: string, digest: string): string {
  return join(dir, "blobs", "sha256", hexOf(digest));
}

/** Reads a file, but no more of it than shows that it is larger than it must be. */
async function readSized(path: string, sizeBytes: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = new Uint8Array(sizeBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = (await file.read(buffer, length, buffer.length - length)).bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

async function readJson(path: string): Promise<ReturnType<typeof parseJson>> {
  return readFile(path).then(parseJson, () => undefined);
}
