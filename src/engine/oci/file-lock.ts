import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { OciError } from "./errors.js";

const pauseMs = 25;
/** After so many pauses (half a minute) the same holder has been killed: it would have read and written one file. */
const patience = 1200;

/**
 * Does something that no two processes may do at a time, such as reading a file and writing it anew. The others wait.
 *
 * @param path The file that is there while it is done
 * @throws {OciError} `bad-layout` where that file cannot be written
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const own = randomUUID();
  let holder = "";
  for (let waited = 0; !(await tryLock(path, own)); waited++) {
    const now = await readFile(path, "utf8").catch(() => "");
    if (now !== holder) [holder, waited] = [now, 0];
    if (waited >= patience) await rm(path, { force: true });
    await delay(pauseMs);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string, own: string): Promise<boolean> {
  const fail = (cause: unknown): never => {
    throw new OciError("bad-layout", `Cannot write ${path}`, { cause });
  };
  await mkdir(dirname(path), { recursive: true }).catch(fail);
  return writeFile(path, own, { flag: "wx" }).then(
    () => true,
    (cause: unknown) => {
      if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return false;
      return fail(cause);
    },
  );
}
