import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "./has-code.js";

/**
 * Makes a folder and those above it; one that is there is fine. (Node's own way of it never ends where a file system such as
 * /proc refuses folders.)
 *
 * @throws {Error} The system's, with its `code`
 */
export async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(path).catch((error: unknown) => {
      if (!hasCode(error, "EEXIST")) throw error;
    });
  await make().catch(async (error: unknown) => {
    if (!hasCode(error, "ENOENT") || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  });
}
