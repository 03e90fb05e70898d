import { chmod, lstat, mkdir, readFile, rename, rmdir, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../../files/index.js";
import { TargetError } from "../errors.js";
import { tempPrefix } from "./file-name.js";

/** A file's text and mode. */
export type FileState = Readonly<{ text: string; mode: number }>;

/** Reads a regular file; undefined where there is none. A symbolic link is refused: it may lead out of the folder. */
export async function tryReadFile(path: string): Promise<FileState | undefined> {
  const stats = await orAbsent(lstat(path), path);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw foreignFile(path, stats.isSymbolicLink() ? "is a symbolic link" : "is no regular file");
  const text = await orAbsent(readFile(path, "utf8"), path);
  return text === undefined ? undefined : { text, mode: stats.mode & 0o777 };
}

/**
 * Writes a whole file or nothing: a reader, and a run after a crash, sees the old text or the new one. The folder has to
 * exist.
 */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const temp = join(dirname(path), `${tempPrefix}${process.pid}-${nextTemp++}`);
  try {
    await writeFile(temp, text, { mode, flag: "wx" });
    await rename(temp, path);
  } catch (error) {
    await unlink(temp).catch(() => undefined);
    throw notWritable(path, error);
  }
}

let nextTemp = 0;

/** Narrows the mode of a file that holds secrets and that others may read. */
export async function narrowMode(path: string, file: FileState): Promise<void> {
  if ((file.mode & 0o077) === 0) return;
  await chmod(path, 0o600).catch((error: unknown) => {
    throw notWritable(path, error);
  });
}

/** Makes the folders `parts` under a root, one in another; none of them may be a symbolic link. */
export async function ensureFolder(root: string, parts: readonly string[]): Promise<string> {
  let path = root;
  try {
    await makeFolder(root);
    for (const part of parts) {
      path = join(path, part);
      await mkdir(path).catch((error: unknown) => {
        if (codeOf(error) !== "EEXIST") throw error;
      });
      if (!(await lstat(path)).isDirectory()) throw foreignFile(path, "is no folder");
    }
  } catch (error) {
    throw error instanceof TargetError ? error : notWritable(path, error);
  }
  return path;
}

/** Removes a file. True when it was there. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw notWritable(path, error);
  }
}

/** Removes folders that are empty by now: `path`, then those above it, up to `root`, which stays. */
export async function removeEmptyFolders(path: string, root: string): Promise<void> {
  for (let folder = path; folder !== root && folder.startsWith(root); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return; // Not empty, or gone already: either way nothing above it is to be removed here.
    }
  }
}

/** The result of a read, or undefined where what is read is not there. */
export async function orAbsent<T>(reading: Promise<T>, path: string): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new TargetError("not-writable", `cannot read ${path}: ${code ?? "unknown error"}`, { cause: error });
  }
}

export function foreignFile(path: string, what: string): TargetError {
  const text = `${path} ${what}; it was not written by sheaf and is left as it is: move it away, or choose another folder`;
  return new TargetError("foreign-files", text);
}

export function notWritable(path: string, error: unknown): TargetError {
  return new TargetError("not-writable", `cannot write ${path}: ${codeOf(error) ?? "unknown error"}`, { cause: error });
}

/** The system's word for what went wrong, such as `EACCES`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
