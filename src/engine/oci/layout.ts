import { isJsonObject, type JsonObject, type JsonValue } from "../json/index.js";
import { digestOf, hexOf, isDigest, verifyContent } from "./digest.js";
import { OciError } from "./errors.js";
import { folderFiles, type LayoutFiles } from "./layout-files.js";
import { formatBytes, limits } from "./limits.js";
import { type Descriptor, encodeJson, mediaTypeOf, mediaTypes, parseJson, tryDescriptor } from "./manifest.js";
import { taggedReferrers } from "./referrers.js";
import {
  type BlobContent,
  type FetchedManifest,
  formatIn,
  type RawManifest,
  readManifest,
  type WritableRepository,
} from "./repository.js";

/** The annotation of an index entry that names it, as skopeo and others write it. */
export const refNameAnnotation = "org.opencontainers.image.ref.name";

const layoutVersion = "1.0.0";

/** One name in the index of a layout: `repository` is empty where the name is a tag alone. */
export type LayoutEntry = Readonly<{ repository: string; tag: string; descriptor: Descriptor }>;

/**
 * An OCI image layout (https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md). It may hold several
 * repositories: an entry named `web:1.0.0` is the tag 1.0.0 of `web`, one named `1.0.0` is a tag of the layout itself,
 * whose repository has the empty name.
 */
export type ImageLayout = Readonly<{
  entries: readonly LayoutEntry[];
  /** The repository of a name, which need not exist: its methods say so. What is pushed is there at once. */
  repository(name: string): WritableRepository;
}>;

/** Tells a folder that is an image layout, by its `oci-layout` file. */
export async function isLayout(dir: string): Promise<boolean> {
  return folderFiles(dir).exists("oci-layout");
}

/**
 * Opens an image layout. Only its index is read.
 *
 * @param files Its files, or the path of its folder
 * @throws {OciError} `bad-layout`
 */
export async function openLayout(files: LayoutFiles | string): Promise<ImageLayout> {
  const opened = typeof files === "string" ? folderFiles(files) : files;
  const entries = await readIndex(opened);
  return { entries, repository: (name) => new LayoutRepository(opened, name, entries) };
}

/** Opens an image layout for writing; one that does not exist yet appears with the first manifest. */
export async function openOrMakeLayout(files: LayoutFiles): Promise<ImageLayout> {
  if (await files.exists("oci-layout")) return openLayout(files);
  return { entries: [], repository: (name) => new LayoutRepository(files, name, []) };
}

async function readIndex(files: LayoutFiles): Promise<LayoutEntry[]> {
  return (await readManifests(files)).flatMap((value) => tryEntry(value) ?? []);
}

/** What the index lists, as it stands there: other tools put more into it than names. */
async function readManifests(files: LayoutFiles): Promise<readonly JsonValue[]> {
  const fail = (fault: string): OciError =>
    new OciError("bad-layout", `${files.path} is not an OCI image layout: ${fault}`);
  const [marker, index] = await Promise.all(
    ["oci-layout", "index.json"].map(async (path) => parseJson((await files.read(path, limits.answerBytes)) ?? none)),
  );
  if (!isJsonObject(marker) || typeof marker.imageLayoutVersion !== "string")
    throw fail("its oci-layout file is missing or not as wanted");
  if (!marker.imageLayoutVersion.startsWith("1."))
    throw fail(`its version is "${marker.imageLayoutVersion}", wanted "${layoutVersion}"`);
  if (!isJsonObject(index) || !Array.isArray(index.manifests))
    throw fail("its index.json is missing or holds no list of manifests");
  return index.manifests;
}

/** The name that something has in the index; undefined for what has none. */
function tryEntry(value: JsonValue): LayoutEntry | undefined {
  const descriptor = tryDescriptor(value);
  const name = descriptor?.annotations?.[refNameAnnotation];
  if (descriptor === undefined || name === undefined) return undefined;
  const colon = name.lastIndexOf(":");
  return { repository: name.slice(0, Math.max(0, colon)), tag: name.slice(colon + 1), descriptor };
}

const none = new Uint8Array();

/** Tags that an error lists. */
const maxListed = 10;

/** One repository of a layout. */
class LayoutRepository implements WritableRepository {
  readonly name: string;
  readonly #files: LayoutFiles;
  readonly #repository: string;
  #all: readonly LayoutEntry[];

  constructor(files: LayoutFiles, repository: string, all: readonly LayoutEntry[]) {
    this.name = repository === "" ? files.name : `"${repository}" in ${files.name}`;
    this.#files = files;
    this.#repository = repository;
    this.#all = all;
  }

  async listTags(): Promise<string[]> {
    if (this.#entries.length > 0) return this.#entries.map((entry) => entry.tag);
    const names = [...new Set(this.#all.map((entry) => entry.repository))].filter((other) => other !== "").sort();
    const hint = names.length > 0 ? `; it holds ${names.join(", ")}` : "";
    throw new OciError("not-found", `There is no ${this.name}${hint}`);
  }

  async rawManifest(reference: string): Promise<RawManifest> {
    const subject = formatIn(this.name, reference);
    const what = `The manifest of ${subject}`;
    const entry = this.#entries.find(
      ({ tag, descriptor }) => (isDigest(reference) ? descriptor.digest : tag) === reference,
    );
    if (entry !== undefined) {
      const { mediaType, digest, size } = entry.descriptor;
      const bytes = await this.#read(entry.descriptor, what, limits.manifestBytes);
      return { descriptor: { mediaType, digest, size }, bytes };
    }
    // What an image index of the layout lists, and what is about to get its tag, has no entry of its own.
    const bytes = isDigest(reference) ? await this.#files.read(blobPath(reference), limits.manifestBytes) : undefined;
    if (bytes === undefined) {
      const tags = this.#entries.map(({ tag }) => tag).slice(-maxListed);
      const hint = tags.length > 0 ? `; there ${tags.length === 1 ? "is" : "are"} ${tags.join(", ")}` : "";
      throw new OciError("not-found", `${subject} does not exist${hint}`);
    }
    const descriptor = { mediaType: mediaTypeOf(bytes) ?? mediaTypes.manifest, digest: reference, size: bytes.length };
    verifyContent(bytes, descriptor, what);
    return { descriptor, bytes };
  }

  async manifest(reference: string): Promise<FetchedManifest> {
    return readManifest(await this.rawManifest(reference), formatIn(this.name, reference));
  }

  referrers(digest: string): Promise<Descriptor[]> {
    return taggedReferrers(this, digest);
  }

  blob(descriptor: Descriptor): Promise<Uint8Array> {
    return this.#read(descriptor, `The blob ${descriptor.digest} of ${this.name}`, limits.blobBytes);
  }

  async pushBlob({ digest }: Descriptor, content: BlobContent): Promise<void> {
    if (!(await this.#files.exists(blobPath(digest)))) await this.#files.write([[blobPath(digest), await content()]]);
  }

  async pushManifest(reference: string, { descriptor, bytes }: RawManifest, signal?: AbortSignal): Promise<void> {
    await this.#files.write([[blobPath(descriptor.digest), bytes]]);
    const parts = [descriptor.digest, ...listedIn(bytes)];
    await this.#changeIndex((before) => {
      const digests = before.map((value) => tryDescriptor(value)?.digest ?? "");
      // What has no name is listed, too, so that other tools find it, until it gets one or is part of what has one.
      if (isDigest(reference)) return digests.includes(reference) ? before : [...before, indexEntry(descriptor)];
      const kept = before.filter((value, i) =>
        tryEntry(value) === undefined ? !parts.includes(digests[i] ?? "") : !this.#isNamed(value, reference),
      );
      return [...kept, indexEntry(descriptor, this.#repository, reference)];
    }, signal);
  }

  async delete(reference: string): Promise<void> {
    await this.#changeIndex((before) => {
      const kept = before.filter((value) => !this.#isNamed(value, reference));
      if (kept.length < before.length) return kept;
      throw new OciError("not-found", `${formatIn(this.name, reference)} does not exist`);
    });
  }

  /** Whether something in the index is what a tag of this repository or a digest names. */
  #isNamed(value: JsonValue, reference: string): boolean {
    if (isDigest(reference)) {
      const repository = tryEntry(value)?.repository ?? this.#repository;
      return repository === this.#repository && tryDescriptor(value)?.digest === reference;
    }
    const entry = tryEntry(value);
    return entry?.repository === this.#repository && entry.tag === reference;
  }

  async #changeIndex(
    change: (before: readonly JsonValue[]) => readonly JsonValue[],
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#files.update(async () => {
      const before = (await this.#files.exists("oci-layout")) ? await readManifests(this.#files) : undefined;
      const after = change(before ?? []);
      this.#all = after.flatMap((value) => tryEntry(value) ?? []);
      if (after === before) return;
      await this.#files.write([
        ["oci-layout", markerContent],
        ["index.json", encodeIndex(after)],
      ]);
    }, signal);
  }

  get #entries(): readonly LayoutEntry[] {
    return this.#all.filter((entry) => entry.repository === this.#repository);
  }

  async #read(descriptor: Descriptor, what: string, maxBytes: number): Promise<Uint8Array> {
    if (descriptor.size > maxBytes) {
      throw new OciError(
        "too-large",
        `${what} has ${formatBytes(descriptor.size)}, more than the ${formatBytes(maxBytes)} that sheaf reads`,
      );
    }
    const bytes = await this.#files.read(blobPath(descriptor.digest), descriptor.size);
    if (bytes === undefined) throw new OciError("not-found", `${what} is missing in the layout`);
    verifyContent(bytes, descriptor, what);
    return bytes;
  }
}

/** What a layout is written from: names of manifests, and every blob that they need, manifests included. */
export type LayoutContent = Readonly<{ entries: readonly LayoutEntry[]; blobs: Iterable<Uint8Array> }>;

/** Writes an image layout into a folder. Equal content gives equal bytes; entries keep their order. */
export async function writeLayout(dir: string, { entries, blobs }: LayoutContent): Promise<void> {
  const files = [...blobs].map((blob) => [blobPath(digestOf(blob)), blob] as const);
  const named = entries.map(({ descriptor, repository, tag }) => indexEntry(descriptor, repository, tag));
  await folderFiles(dir).write([...files, ["oci-layout", markerContent], ["index.json", encodeIndex(named)]]);
}

const markerContent = encodeJson({ imageLayoutVersion: layoutVersion });

function encodeIndex(manifests: readonly JsonValue[]): Uint8Array {
  return encodeJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [...manifests] });
}

/** What stands in the index for a descriptor, with its name if it has one. */
function indexEntry({ mediaType, digest, size, annotations }: Descriptor, repository = "", tag?: string): JsonObject {
  const name = repository === "" ? tag : `${repository}:${tag}`;
  const notes = { ...annotations, ...(name !== undefined && tag !== undefined && { [refNameAnnotation]: name }) };
  return { mediaType, digest, size, ...(Object.keys(notes).length > 0 && { annotations: notes }) };
}

/** The digests of what an image index lists. */
function listedIn(bytes: Uint8Array): string[] {
  const index = parseJson(bytes);
  const list = isJsonObject(index) && Array.isArray(index.manifests) ? index.manifests : [];
  return list.flatMap((value) => tryDescriptor(value)?.digest ?? []);
}

function blobPath(digest: string): string {
  return `blobs/sha256/${hexOf(digest)}`;
}
