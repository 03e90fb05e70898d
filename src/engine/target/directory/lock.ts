import { open, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TargetError } from "../errors.js";
import { lockFile, tempPrefix } from "./file-name.js";
import { codeOf, notWritable, orAbsent, removeFile, tryReadFile } from "./file-system.js";

/** How long a lock may be held, in milliseconds: it guards one read and one write. */
const lockMs = 5_000;

/**
 * Does something that no two runs may do in one folder at a time. Nobody waits: the one that comes second fails.
 *
 * @param what What is locked, for the message
 * @throws {TargetError} `record-conflict` where another run holds the lock
 */
export async function withLock<T>(folder: string, what: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, lockFile);
  if (!(await tryLock(path))) {
    if (await isAbandoned(path)) await removeFile(path);
    if (!(await tryLock(path))) throw conflict(what, "is being written by another run");
  }
  try {
    return await work();
  } finally {
    await removeFile(path);
  }
}

/** The error of a run that came second. */
export function conflict(what: string, happened: string): TargetError {
  return new TargetError("record-conflict", `${what} ${happened}; let that run finish, then try again`);
}

/** Removes what runs that were killed have left in a folder: half-written files and locks. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of (await orAbsent(readdir(folder), folder)) ?? []) {
    const path = join(folder, name);
    const pid = name.startsWith(tempPrefix) ? Number.parseInt(name.slice(tempPrefix.length), 10) : Number.NaN;
    if ((pid > 0 && !isAlive(pid)) || (name === lockFile && (await isAbandoned(path)))) await removeFile(path);
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw notWritable(path, error);
  }
}

/** Whether the process that held a lock is no more, or has held it for too long by the folder's own clock. */
async function isAbandoned(path: string): Promise<boolean> {
  const lock = await tryReadFile(path);
  if (lock === undefined) return true;
  const pid = Number.parseInt(lock.text, 10);
  if (pid > 0 && !isAlive(pid)) return true;
  const probe = join(dirname(path), `${tempPrefix}${process.pid}-probe`);
  const handle = await open(probe, "w");
  const now = await handle.stat();
  await handle.close();
  await removeFile(probe);
  const then = await orAbsent(stat(path), path);
  return then === undefined || now.mtimeMs - then.mtimeMs > lockMs;
}

/** Whether a process of this machine is running. One of another user counts. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}
