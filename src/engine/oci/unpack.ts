import { posix } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { ParsedTarEntryWithData, TarHeader } from "modern-tar";
import { OciError } from "./errors.js";
import { cleanPath, type FileTree, TreeBuilder } from "./file-tree.js";
import { formatBytes, limits } from "./limits.js";

/** How many links may follow each other before a file comes. */
const maxLinkSteps = 8;

/**
 * Unpacks a gzipped tar archive into memory. Nothing is written, so no link can be written through: a link to a file of
 * the same archive becomes a copy of that file, and any other link, a device or a pipe is refused.
 *
 * @param bytes The archive; that its digest is right is the caller's part
 * @param subject How messages call the archive, at the start of a sentence
 * @throws {OciError} `bad-archive`, `unsafe-archive` or `too-large`, with the entry and the bound
 */
export async function unpackArchive(bytes: Uint8Array, subject: string): Promise<FileTree> {
  const tree = new TreeBuilder(subject);
  const links = new Map<string, string>();
  for (const { header, data = new Uint8Array() } of await readEntries(await inflate(bytes, subject), subject)) {
    const path = cleanPath(header.name, subject);
    // Git runs what the configuration of a repository names, so none may come out of an archive.
    if (/(?:^|\/)\.git(?:\/|$)/i.test(path)) continue;
    const { type = "file", mode = 0 } = header;
    if (type === "directory") tree.addFolder(path);
    else if (type === "file") tree.addFile(path, data, isExecutable(mode));
    else if (type === "link" || type === "symlink") links.set(path, linkTarget(path, header, subject));
    else
      throw new OciError(
        "unsafe-archive",
        `${subject} holds "${path}", a ${type}, where only files, folders and links to files may stand`,
      );
  }
  const { files, executable } = tree.build();
  const found = [...links].map(([path, target]) => {
    for (let step = 0; step < maxLinkSteps && !files.has(target); step++) target = links.get(target) ?? target;
    const content = files.get(target);
    if (content !== undefined) return { path, content, executable: executable.has(target) };
    throw new OciError(
      "unsafe-archive",
      `${subject} holds the link "${path}" to "${target}", which is no file of the archive`,
    );
  });
  for (const link of found) tree.addFile(link.path, link.content, link.executable);
  return tree.build();
}

function isExecutable(mode: number): boolean {
  return (mode & 0o111) !== 0;
}

/** The path that a link means: a hard link counts from the root, a symbolic one from its own folder. */
function linkTarget(path: string, { type, linkname = "" }: TarHeader, subject: string): string {
  const what = `${subject} at the link "${path}"`;
  if (type === "link") return cleanPath(linkname, what);
  if (linkname.startsWith("/")) return cleanPath(linkname, what);
  return cleanPath(posix.join(posix.dirname(path), linkname), what);
}

async function inflate(bytes: Uint8Array, subject: string): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: limits.unpackedBytes });
  } catch (cause) {
    if (cause instanceof RangeError) {
      const limit = formatBytes(limits.unpackedBytes);
      throw new OciError("too-large", `${subject} unpacks to more than the ${limit} that sheaf takes`, { cause });
    }
    throw new OciError("bad-archive", `${subject} is not a whole gzip file: ${messageOf(cause)}`, { cause });
  }
}

async function readEntries(archive: Uint8Array, subject: string): Promise<ParsedTarEntryWithData[]> {
  const { unpackTar } = await import("modern-tar");
  let entries = 0;
  try {
    // The filter sees every header before its content is kept, so that the bound holds while reading.
    return await unpackTar(archive, { strict: true, filter: () => ++entries <= limits.entries + 1 });
  } catch (cause) {
    throw new OciError("bad-archive", `${subject} is not a whole tar archive: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
