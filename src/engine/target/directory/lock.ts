import { open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { breakLock, lockHolder, tryLock } from "../../files/index.js";
import { TargetError } from "../errors.js";
import { lockFile, tempPrefix } from "./file-name.js";
import { codeOf, notWritable, orAbsent, removeFile } from "./file-system.js";

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
  const release = (await take(path)) ?? ((await breakAbandoned(path)) ? await take(path) : undefined);
  if (release === undefined) throw conflict(what, "is being written by another run");
  try {
    return await work();
  } finally {
    await release();
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
    if (pid > 0 && !isAlive(pid)) await removeFile(path);
    const lockPid = name.startsWith(`${lockFile}.`) ? Number.parseInt(name.slice(lockFile.length + 1), 10) : Number.NaN;
    if (lockPid > 0 && !isAlive(lockPid)) await rm(path, { recursive: true, force: true });
    if (name === lockFile) await breakAbandoned(path);
  }
}

function take(path: string): ReturnType<typeof tryLock> {
  return tryLock(path).catch((error: unknown) => {
    throw notWritable(path, error);
  });
}

/** Takes a lock away whose holder is no more, or has held it for too long by the folder's own clock. True when it is gone. */
async function breakAbandoned(path: string): Promise<boolean> {
  try {
    const holder = await lockHolder(path);
    const pid = Number.parseInt(holder ?? "", 10);
    if (holder !== undefined && !(pid > 0 && !isAlive(pid)) && !(await isTooOld(path))) return false;
    await breakLock(path, holder);
    return true;
  } catch (error) {
    throw error instanceof TargetError ? error : notWritable(path, error);
  }
}

async function isTooOld(path: string): Promise<boolean> {
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
