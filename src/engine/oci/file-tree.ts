import { OciError } from "./errors.js";
import { formatBytes, limits } from "./limits.js";

/**
 * The files of a folder or an archive: content by path (`templates/app.yaml`: relative, with slashes on every system),
 * and which of them may be executed. Folders are what the paths need; empty ones do not exist.
 */
export type FileTree = Readonly<{ files: ReadonlyMap<string, Uint8Array>; executable: ReadonlySet<string> }>;

/** A tree of plain files. */
export function treeOf(files: ReadonlyMap<string, Uint8Array>): FileTree {
  return { files, executable: new Set() };
}

/** The paths of a tree and the folders that they need (with a slash at the end), sorted by UTF-16 code units. */
export function sortedEntries(tree: FileTree): string[] {
  const entries = new Set<string>(tree.files.keys());
  for (const path of tree.files.keys()) {
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      entries.add(path.slice(0, slash + 1));
    }
  }
  return [...entries].sort();
}

/**
 * The path of an archive's entry in its one right form: without `./`, doubled slashes or one at the end. Empty for the
 * root itself.
 *
 * @throws {OciError} `unsafe-archive` for a path that would leave the folder or that not every system can write
 */
export function cleanPath(path: string, subject: string): string {
  const fail = (fault: string): OciError =>
    new OciError("unsafe-archive", `${subject} holds the path ${JSON.stringify(path.slice(0, 200))}, which ${fault}`);
  if (Buffer.byteLength(path) > limits.pathBytes) throw fail(`is longer than ${limits.pathBytes} bytes`);
  if (/[\p{Cc}\p{Surrogate}\\]/u.test(path)) {
    throw fail("holds a control character or a backslash; a path is plain text with slashes");
  }
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) throw fail("is absolute; paths must be relative");
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  if (steps.includes("..")) throw fail('leaves the folder with ".."');
  return steps.join("/");
}

/** Collects a tree within the bounds of {@link limits}, and refuses what cannot stand beside each other in a folder. */
export class TreeBuilder {
  readonly #subject: string;
  readonly #files = new Map<string, Uint8Array>();
  readonly #executable = new Set<string>();
  readonly #folders = new Set<string>();
  #entries = 0;
  #sizeBytes = 0;

  constructor(subject: string) {
    this.#subject = subject;
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  get(path: string): Uint8Array | undefined {
    return this.#files.get(path);
  }

  addFolder(path: string): void {
    this.#count();
    if (path !== "") this.#needFolder(path);
  }

  addFile(path: string, content: Uint8Array, executable: boolean): void {
    this.#count();
    this.#sizeBytes += content.length;
    if (this.#sizeBytes > limits.unpackedBytes) {
      const limit = formatBytes(limits.unpackedBytes);
      throw new OciError("too-large", `${this.#subject} holds more than the ${limit} that sheaf unpacks`);
    }
    if (path === "") throw this.#unsafe("a file without a name");
    if (this.#files.has(path)) throw this.#unsafe(`the file "${path}" twice`);
    if (this.#folders.has(path)) throw this.#unsafe(`"${path}" as a file and as a folder`);
    const slash = path.lastIndexOf("/");
    if (slash > 0) this.#needFolder(path.slice(0, slash));
    this.#files.set(path, content);
    if (executable) this.#executable.add(path);
  }

  build(): FileTree {
    return { files: this.#files, executable: this.#executable };
  }

  #needFolder(path: string): void {
    for (let at = path; at !== "" && !this.#folders.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      if (this.#files.has(at)) throw this.#unsafe(`"${at}" as a file and as a folder`);
      this.#folders.add(at);
    }
  }

  #count(): void {
    if (++this.#entries > limits.entries) {
      throw new OciError(
        "too-large",
        `${this.#subject} holds more than the ${limits.entries} entries that sheaf unpacks`,
      );
    }
  }

  #unsafe(what: string): OciError {
    return new OciError("unsafe-archive", `${this.#subject} holds ${what}`);
  }
}
