import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "./content-cache.js";
import { OciError } from "./errors.js";
import { withFileLock } from "./file-lock.js";
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
  /** Does something that starts from the files as they are now, while no other process writes them so; it waits for that. */
  update(work: () => Promise<void>, signal?: AbortSignal): Promise<void>;
}

/** A layout in a folder, which need not exist yet. */
export function folderFiles(dir: string): LayoutFiles {
  const name = `the image layout ${dir}`;
  return {
    path: dir,
    name,
    exists: (path) =>
      stat(join(dir, path)).then(
        (found) => found.isFile(),
        () => false,
      ),
    read: (path, maxBytes) => readAtMost(join(dir, path), maxBytes),
    async write(files) {
      for (const [path, content] of files)
        await writeWhole(join(dir, path), content).catch((cause: unknown) => {
          throw notWritten(name, cause);
        });
    },
    update: (work, signal) => withFileLock(join(dir, "index.json.lock"), work, signal),
  };
}

/**
 * A layout in a tar archive, which need not exist yet. It is read into memory, and written anew as a whole: equal content gives
 * equal bytes.
 */
export function archiveFiles(path: string): LayoutFiles {
  return filesOfArchive(path, false);
}

/** A layout in a tar archive that replaces what is there. */
export function newArchive(path: string): LayoutFiles {
  return filesOfArchive(path, true);
}

function filesOfArchive(path: string, isReplaced: boolean): LayoutFiles {
  const name = `the OCI archive ${path}`;
  const added = new Map<string, Uint8Array>();
  let isOurs = !isReplaced;
  let found: Promise<Map<string, Uint8Array>> | undefined;
  const files = (): Promise<Map<string, Uint8Array>> => {
    found ??= isOurs ? readArchive(path) : Promise.resolve(new Map());
    return found;
  };
  const find = async (entry: string): Promise<Uint8Array | undefined> => added.get(entry) ?? (await files()).get(entry);
  return {
    path,
    name,
    exists: async (entry) => (await find(entry)) !== undefined,
    read: async (entry, maxBytes) => (await find(entry))?.subarray(0, maxBytes + 1),
    async write(written) {
      for (const [entry, content] of written) added.set(entry, content);
      if (!added.has("index.json")) return;
      const bytes = await packFiles(new Map([...(await files()), ...added]));
      await writeWhole(path, bytes).catch((cause: unknown) => {
        throw notWritten(name, cause);
      });
      isOurs = true;
      found = undefined;
      added.clear();
    },
    update: (work, signal) => {
      const workAnew = () => {
        found = undefined; // others may have written it since it was read
        return work();
      };
      return withFileLock(`${path}.lock`, workAnew, signal);
    },
  };
}

async function packFiles(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const { packTar } = await import("modern-tar");
  const fixed = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), type: "file" } as const;
  const entries = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return packTar(entries.map(([name, body]) => ({ header: { ...fixed, name, size: body.length }, body })));
}

function notWritten(name: string, cause: unknown): OciError {
  return new OciError("bad-layout", `Cannot write ${name}`, { cause });
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
