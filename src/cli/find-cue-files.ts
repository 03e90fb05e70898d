import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Context } from "./context.js";

/**
 * The CUE files that paths mean: files as they are, whatever their name, and all files in and below folders. As in Timoni, folders named
 * `cue.mod`, and those that begin with a dot or an underscore, are left out unless they are named.
 */
export async function findCueFiles(paths: readonly string[], { cwd }: Context): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      // What does not exist is told by whoever reads it.
      const stats = path === "-" ? undefined : await stat(resolve(cwd, path)).catch(() => undefined);
      return stats?.isDirectory() === true ? filesBelow(path, cwd) : [path];
    }),
  );
  return found.flat();
}

async function filesBelow(folder: string, cwd: string): Promise<string[]> {
  const entries = await readdir(resolve(cwd, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return /^(?:[._]|cue\.mod$)/.test(entry.name) ? [] : filesBelow(path, cwd);
        return entry.isFile() && entry.name.endsWith(".cue") ? [path] : [];
      }),
  );
  return found.flat();
}
