import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { hasCode, makeFolder } from "../files/index.js";
import { OciError } from "./errors.js";
import { type FileTree, sortedEntries, TreeBuilder } from "./file-tree.js";

/** Files of .gitignore syntax at the root of a folder that say what is not packed. */
export const ignoreFiles = ["sheaf.ignore", "timoni.ignore"] as const;

/**
 * Reads a folder as it would be packed: without `.git` and without what its ignore file names. A link to a file inside
 * the folder is read as that file.
 *
 * @throws {OciError} `not-found`, `unsafe-file` (a link that leaves the folder or meets none, a device) or `too-large`
 */
export async function readTree(dir: string): Promise<FileTree> {
  const tree = new TreeBuilder(`The folder ${dir}`);
  const root = await realpath(dir).catch((cause: unknown) => {
    throw new OciError("not-found", `The folder ${dir} does not exist`, { cause });
  });
  if (!(await lstat(root)).isDirectory()) throw new OciError("not-found", `${dir} is a file, not a folder`);
  const ignored = await readIgnoreFiles(root);
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.name === ".git" || ignored(entry.isDirectory() ? `${path}/` : path)) continue;
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const file = await resolveFile(root, path);
        tree.addFile(path, await readFile(file.path), file.executable);
      } else
        throw new OciError(
          "unsafe-file",
          `${join(dir, path)} is neither a file nor a folder; take it away or name it in ${ignoreFiles[0]}`,
        );
    }
  };
  await visit("");
  return tree.build();
}

/**
 * Writes a tree as a new folder, which appears whole or not at all. Modes are 0644 and 0755 whatever the umask is.
 *
 * @param dir A folder that does not exist yet or is empty
 * @throws {OciError} `unsafe-file` when the folder holds something already
 */
export async function writeTree(tree: FileTree, dir: string): Promise<void> {
  await makeFolder(dirname(dir));
  const staged = await mkdtemp(join(dirname(dir), `.${basename(dir)}-`));
  try {
    await chmod(staged, 0o755);
    for (const path of sortedEntries(tree)) {
      const content = tree.files.get(path);
      const mode = content === undefined || tree.executable.has(path) ? 0o755 : 0o644;
      if (content === undefined) await mkdir(join(staged, path));
      else await writeFile(join(staged, path), content, { flag: "wx" });
      await chmod(join(staged, path), mode);
    }
    await rmdir(dir).catch(ignoreCode("ENOENT"));
    await rename(staged, dir);
  } catch (cause) {
    await rm(staged, { recursive: true, force: true });
    if (!hasCode(cause, "ENOTEMPTY") && !hasCode(cause, "EEXIST")) throw cause;
    throw new OciError("unsafe-file", `The folder ${dir} holds files already; name a new or an empty one`, { cause });
  }
}

async function resolveFile(root: string, path: string): Promise<{ path: string; executable: boolean }> {
  const target = await realpath(join(root, path)).catch(() => undefined);
  if (target?.startsWith(root + sep)) {
    const stats = await lstat(target);
    if (stats.isFile()) return { path: target, executable: (stats.mode & 0o111) !== 0 };
  }
  const fault = `is a link to something that is no file of the folder; put a file in its place, or name it in ${ignoreFiles[0]}`;
  throw new OciError("unsafe-file", `${join(root, path)} ${fault}`);
}

/** Tells which paths are ignored; folders end with a slash. */
async function readIgnoreFiles(root: string): Promise<(path: string) => boolean> {
  const texts = await Promise.all(
    ignoreFiles.map((name) => readFile(join(root, name), "utf8").catch(ignoreCode("ENOENT"))),
  );
  const rules = texts.filter((text) => text !== undefined);
  if (rules.length === 0) return () => false;
  const { default: ignore } = await import("ignore");
  const matcher = ignore().add(rules.join("\n"));
  return (path) => matcher.ignores(path);
}

function ignoreCode(code: string): (cause: unknown) => undefined {
  return (cause) => {
    if (!hasCode(cause, code)) throw cause;
  };
}
