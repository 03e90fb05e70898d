import { mkdir, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeWhole } from "./content-cache.js";
import { OciError } from "./errors.js";
import { formatBytes, limits } from "./limits.js";

/** The files of an image layout: those of a folder, or of a tar archive of one. Paths have slashes. */
export interface LayoutFiles {
  readonly path: string;
  /** How messages call it: `the image layout ./out`. */
  readonly name: string;
  exists(path: string): Promise<boolean>;
  /** The content of a file, or undefined where there is none; of a longer one no more than shows that it is longer. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Writes files, in their order. An archive takes up blobs with the index that needs them. */
  write(files: readonly (readonly [path: string, content: Uint8Array])[]): Promise<void>;
}

/** A layout in a folder, which need not exist yet. */
export function folderFiles(dir: string): LayoutFiles {
  return {
    path: dir,
    name: `the image layout ${dir}`,
    exists: (path) =>
      stat(join(dir, path)).then(
        (found) => found.isFile(),
        () => false,
      ),
    read: (path, maxBytes) => readAtMost(join(dir, path), maxBytes),
    async write(files) {
      for (const [path, content] of files) await writeWhole(join(dir, path), content);
    },
  };
}

/**
 * A layout in a tar archive, which need not exist yet. It is read into memory when first asked, and written anew as a
 * whole: equal content gives equal bytes.
 */
export function archiveFiles(path: string): LayoutFiles {
  let known: Promise<Map<string, Uint8Array>> | undefined;
  return filesOfArchive(path, () => {
    known ??= readArchive(path);
    return known;
  });
}

/** A layout in a tar archive that replaces what is there. */
export function newArchive(path: string): LayoutFiles {
  const files = new Map<string, Uint8Array>();
  return filesOfArchive(path, async () => files);
}

function filesOfArchive(path: string, files: () => Promise<Map<string, Uint8Array>>): LayoutFiles {
  return {
    path,
    name: `the OCI archive ${path}`,
    exists: async (entry) => (await files()).has(entry),
    read: async (entry, maxBytes) => (await files()).get(entry)?.subarray(0, maxBytes + 1),
    async write(written) {
      const all = await files();
      for (const [entry, content] of written) all.set(entry, content);
      if (!written.some(([entry]) => entry === "index.json")) return;
      const { packTar } = await import("modern-tar");
      const fixed = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) };
      const entries = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
      const archive = await packTar(
        entries.map(([name, body]) => ({ header: { ...fixed, name, type: "file", size: body.length }, body })),
      );
      await mkdir(dirname(path), { recursive: true });
      await writeWhole(path, archive);
    },
  };
}

async function readArchive(path: string): Promise<Map<string, Uint8Array>> {
  const bytes = await readAtMost(path, limits.archiveBytes);
  if (bytes === undefined) return new Map();
  const fail = (fault: string, cause?: unknown): OciError =>
    new OciError("bad-layout", `${path} is not an OCI archive: ${fault}`, { cause });
  if (bytes.length > limits.archiveBytes) throw fail(`it is larger than ${formatBytes(limits.archiveBytes)}`);
  const { unpackTar } = await import("modern-tar");
  const entries = await unpackTar(bytes, { strict: true }).catch((cause: unknown) => {
    throw fail("it is not a whole tar archive", cause);
  });
  return new Map(
    entries.flatMap(({ header: { name, type }, data }) =>
      type === "directory" || data === undefined ? [] : [[name.replace(/^\.\//, ""), data] as const],
    ),
  );
}

/** A file, or undefined where there is none; of a longer one no more than shows that it is longer. */
async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const buffer = new Uint8Array(Math.min(size, maxBytes + 1));
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = (await file.read(buffer, length, buffer.length - length)).bytesRead;
    }
    return buffer.subarray(0, length);
  } catch (cause) {
    throw new OciError("bad-layout", `Cannot read ${path}`, { cause });
  } finally {
    await file.close();
  }
}
