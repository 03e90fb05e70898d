import { digestOf } from "./digest.js";
import { OciError } from "./errors.js";
import { cleanPath, type FileTree, sortedEntries } from "./file-tree.js";

/**
 * Packs files into a gzipped tar archive of which every byte follows from the tree and `mtimeSeconds`: entries sorted,
 * owner 0 without names, modes 0644 or 0755, one time for all, a gzip header without name and time.
 *
 * The compressor is fflate and not Node's zlib, whose output differs between versions and processors (Chromium's zlib
 * takes other matches with other vector instructions), and with it the digest would.
 *
 * @param tree The files; paths must be clean, as {@link FileTree} has them
 * @param mtimeSeconds The time of every entry, in seconds since 1970, such as SOURCE_DATE_EPOCH
 * @throws {OciError} `unsafe-archive` for a path that {@link unpackArchive} would refuse
 */
export async function packArchive(tree: FileTree, mtimeSeconds: number): Promise<Uint8Array> {
  const [archive, { gzipSync }] = await Promise.all([packTree(tree, mtimeSeconds), import("fflate")]);
  return gzipSync(archive, { level: 9, mtime: 0 });
}

/** The digest of a tree's content: of its archive before compression, with all times 0. */
export async function treeDigest(tree: FileTree): Promise<string> {
  return digestOf(await packTree(tree, 0));
}

async function packTree(tree: FileTree, mtimeSeconds: number): Promise<Uint8Array> {
  const { packTar } = await import("modern-tar");
  const mtime = new Date(mtimeSeconds * 1000);
  const owner = { uid: 0, gid: 0 };
  const entries = sortedEntries(tree).map((path) => {
    const body = tree.files.get(path);
    if (body === undefined)
      return { header: { ...owner, name: path, type: "directory" as const, mode: 0o755, size: 0, mtime } };
    if (cleanPath(path, "The tree to pack") !== path) {
      throw new OciError(
        "unsafe-archive",
        `The path ${JSON.stringify(path)} must be written as ${JSON.stringify(cleanPath(path, "It"))}`,
      );
    }
    const mode = tree.executable.has(path) ? 0o755 : 0o644;
    return { header: { ...owner, name: path, type: "file" as const, mode, size: body.length, mtime }, body };
  });
  return packTar(entries);
}
