import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { breakLock, lockHolder, makeFolder, tryLock } from "../files/index.js";
import { OciError } from "./errors.js";

const pauseMs = 25;
/** After so many pauses (half a minute) the same holder has been killed: it would have read and written one file. */
const patience = 1200;

/**
 * Does something that no two processes may do at a time, such as reading a file and writing it anew. The others wait.
 *
 * @param path The folder that is there while it is done
 * @param signal Ends the wait
 * @throws {OciError} `bad-layout` where that folder cannot be written, `aborted`
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const release = await waitForLock(path, signal);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function waitForLock(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  let holder: string | undefined;
  for (let waited = 0; ; waited++) {
    const release = await take(path);
    if (release !== undefined) return release;
    const now = await lockHolder(path);
    if (now !== holder) [holder, waited] = [now, 0];
    if (waited >= patience) await breakLock(path, holder);
    await delay(pauseMs, undefined, { signal }).catch((cause: unknown) => {
      throw new OciError("aborted", `Stopped waiting for ${path}`, { cause });
    });
  }
}

async function take(path: string): Promise<(() => Promise<void>) | undefined> {
  try {
    await makeFolder(dirname(path));
    return await tryLock(path);
  } catch (cause) {
    throw new OciError("bad-layout", `Cannot write ${path}`, { cause });
  }
}
