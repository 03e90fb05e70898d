import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "./has-code.js";

/** What file systems say of a folder that cannot take the place of another, since that is not empty. */
const taken = ["ENOTEMPTY", "EEXIST", "EPERM"];

/**
 * Takes a lock: a folder that is there while its holder works, with one file in it, whose name starts with the holder's process
 * id. A folder takes the place of an empty one only, and a file goes by its name: so no step takes a lock away from anybody but
 * the holder that is meant.
 *
 * @returns What gives it back, which leaves a lock alone that another has taken meanwhile; undefined where another has it
 * @throws {Error} The system's, where the folder cannot be written
 */
export async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  if ((await lockHolder(path)) !== undefined) return undefined;
  const holder = `${process.pid}-${randomUUID()}`;
  const prepared = `${path}.${holder}`;
  await mkdir(prepared);
  try {
    await writeFile(join(prepared, holder), "");
    await rename(prepared, path);
  } catch (error) {
    await rm(prepared, { recursive: true, force: true });
    if (taken.some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
  return () => breakLock(path, holder);
}

/**
 * Who has a lock; undefined where nobody has it.
 *
 * @throws {Error} Where something else is there, such as a link that leads elsewhere
 */
export async function lockHolder(path: string): Promise<string | undefined> {
  try {
    if (!(await lstat(path)).isDirectory()) throw new Error(`${path} is no lock`);
    return (await readdir(path))[0];
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Takes a lock away from a holder, such as one that is no more, and from nobody else; from none, what that one has left. */
export async function breakLock(path: string, holder: string | undefined): Promise<void> {
  if (holder !== undefined) await rm(join(path, holder), { force: true });
  await rmdir(path).catch(() => {}); // it may be another's by now, or gone
}
