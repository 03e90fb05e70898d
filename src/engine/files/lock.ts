import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hasCode } from "./has-code.js";

/**
 * Takes a lock: a file that is there while its holder works. It starts with the holder's process id.
 *
 * @returns What gives it back, which leaves a lock alone that another has taken meanwhile; undefined where another has it
 * @throws {Error} The system's, where the file cannot be written
 */
export async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  const own = `${process.pid} ${randomUUID()}\n`;
  try {
    await writeFile(path, own, { flag: "wx" });
  } catch (error) {
    if (hasCode(error, "EEXIST")) return undefined;
    throw error;
  }
  return () => breakLock(path, own);
}

/**
 * Takes a lock away from a holder, such as one that is no more. Of several that do so at a time none takes it away from who
 * has got it since.
 *
 * @param holder What the file held when it was looked at; empty for one that cannot be read
 */
export async function breakLock(path: string, holder: string): Promise<void> {
  if ((await textOf(path)) !== holder) return;
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  // Between the look and the move another may have taken it: it gets it back.
  if ((await textOf(aside)) !== holder) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
