import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type InstanceId, recordSelector } from "../../inventory/index.js";
import { type KubeObject, labelOf, type ObjectRef } from "../../object/index.js";
import { TargetError, WaitError } from "../errors.js";
import type { ApplyOptions, Change, ReadyState, Target } from "../target.js";
import { objectFileName, recordFile } from "./file-name.js";
import { narrowMode, orAbsent, removeEmptyFolders, removeFile, tryReadFile } from "./file-system.js";
import { removeLeftovers } from "./lock.js";
import { isOurs, parseHeader } from "./object-file.js";
import { ObjectFiles } from "./object-files.js";
import { assertWritable, instanceFolders } from "./place.js";
import { deleteRecordFile, readRecordFile, writeRecordFile } from "./record-file.js";

export type DirectoryOptions = Readonly<{
  /** The clock, for the creation times of records. */
  now: () => Date;
}>;

/** What people keep at the top of a folder of manifests: it does not make a folder somebody else's. */
const harmless = /^\.|\.md$|^kustomization\.ya?ml$|^LICENSE$/i;
const maxShown = 3;

/**
 * A folder as a target: one YAML file per object under `<namespace>/<instance>/`, named as `kustomize build -o` does, with
 * the instance's record beside them. Made by the first write. Secrets and records are for their owner only (mode 0600). A
 * file is written whole or not at all, and not at all where its content is the same; files that do not carry an
 * instance's labels are never changed. Every object is ready as soon as it is written.
 *
 * @param path Relative to the working directory
 */
export function openDirectory(path: string, options: DirectoryOptions): Target {
  return new DirectoryTarget(path, options);
}

class DirectoryTarget implements Target {
  readonly kind = "directory";
  readonly description: string;
  readonly #root: string;
  readonly #now: () => Date;
  readonly #objects: ObjectFiles;

  constructor(path: string, { now }: DirectoryOptions) {
    this.description = `directory ${path}`;
    this.#root = resolve(path);
    this.#now = now;
    this.#objects = new ObjectFiles(this.#root);
  }

  async check(): Promise<void> {
    this.#objects.forget();
    await assertWritable(this.#root);
    const names = (await orAbsent(readdir(this.#root), this.#root)) ?? [];
    const foreign = names.filter((name) => !harmless.test(name)).sort();
    if (foreign.length === 0 || (await this.#objects.holdsAny())) return;
    const shown = foreign.slice(0, maxShown).join(", ") + (foreign.length > maxShown ? ", …" : "");
    const text = `${this.description} holds files that sheaf did not write (${shown}); choose an empty folder or a new one`;
    throw new TargetError("foreign-files", text);
  }

  async listRecords({ bundle }: Readonly<{ bundle?: string }>): Promise<KubeObject[]> {
    this.#objects.forget();
    const labels = Object.entries(bundle === undefined ? {} : recordSelector(bundle));
    const records: KubeObject[] = [];
    for (const { namespace, name } of await this.#objects.recorded()) {
      const record = await readRecordFile(join(this.#root, namespace, name), namespace, `timoni.${name}`);
      // One that cannot be read has no labels, so it is of no bundle that is known.
      if (record !== undefined && labels.every(([key, value]) => labelOf(record, key) === value)) records.push(record);
    }
    return records;
  }

  async readRecord(namespace: string, name: string): Promise<KubeObject | undefined> {
    return readRecordFile(join(this.#root, ...recordFolders(namespace, name)), namespace, name);
  }

  async writeRecord(record: KubeObject): Promise<KubeObject> {
    const { namespace = "", name } = record.metadata;
    const folder = await this.#objects.ensureFolder(recordFolders(namespace, name));
    return writeRecordFile(folder, record, this.#now);
  }

  async deleteRecord(namespace: string, name: string, resourceVersion: string): Promise<void> {
    const folder = join(this.#root, ...recordFolders(namespace, name));
    await removeLeftovers(folder);
    await deleteRecordFile(folder, namespace, name, resourceVersion);
    await removeEmptyFolders(folder, this.#root);
    await this.#removeMadeNamespace(namespace);
  }

  /**
   * Removes the file of a Namespace that was made for instances, when nothing else is left in the namespace's folder. A
   * cluster keeps such a Namespace, since it cannot be seen who else uses it; in a folder it can.
   */
  async #removeMadeNamespace(namespace: string): Promise<void> {
    const folder = join(this.#root, namespace);
    const name = objectFileName(
      { group: "", version: "v1", kind: "Namespace", namespace: "", name: namespace },
      namespace,
    );
    const entries = (await orAbsent(readdir(folder), folder)) ?? [];
    if (entries.length !== 1 || entries[0] !== name) return;
    const file = await tryReadFile(join(folder, name));
    const object = file && (await parseHeader(file.text));
    if (object === undefined || !isOurs(object)) return;
    await removeFile(join(folder, name));
    await removeEmptyFolders(folder, this.#root);
    this.#objects.forget();
  }

  read(refs: readonly ObjectRef[]): Promise<(KubeObject | undefined)[]> {
    return each(refs, (ref) => this.#objects.read(ref));
  }

  readMetadata(refs: readonly ObjectRef[]): Promise<(KubeObject | undefined)[]> {
    return each(refs, (ref) => this.#objects.readHeader(ref));
  }

  states(refs: readonly ObjectRef[]): Promise<ReadyState[]> {
    return each(refs, async (ref) => ((await this.#objects.readHeader(ref)) === undefined ? absent : current));
  }

  listCustomResources(definitions: readonly ObjectRef[]): Promise<ObjectRef[]> {
    return this.#objects.listCustomResources(definitions);
  }

  preview(object: KubeObject): Promise<Change> {
    return this.#objects.preview(object);
  }

  apply(object: KubeObject, options: ApplyOptions): Promise<Change> {
    return this.#objects.apply(object, options.holdsSecret);
  }

  delete(ref: ObjectRef): Promise<boolean> {
    return this.#objects.delete(ref);
  }

  /** A clone of a repository has the modes that its user gives to new files. */
  async tidy({ namespace, name }: InstanceId, secret: readonly ObjectRef[]): Promise<void> {
    const record = join(this.#root, ...instanceFolders(namespace, name, name), recordFile);
    const file = await tryReadFile(record);
    if (file !== undefined) await narrowMode(record, file);
    await this.#objects.makePrivate(secret);
  }

  leftovers({ namespace, name }: InstanceId, kept: readonly ObjectRef[]): Promise<string[]> {
    return this.#objects.othersThan(kept, instanceFolders(namespace, name, name));
  }

  async waitReady(refs: readonly ObjectRef[]): Promise<void> {
    await this.#expect(refs, "current", "failed", "these files are missing:");
  }

  async waitGone(refs: readonly ObjectRef[]): Promise<void> {
    await this.#expect(refs, "absent", "timeout", "these files are still there:");
  }

  async close(): Promise<void> {}

  async #expect(
    refs: readonly ObjectRef[],
    wanted: ReadyState["state"],
    code: WaitError["code"],
    summary: string,
  ): Promise<void> {
    const states = await this.states(refs);
    const found = refs.map((ref, index) => ({ ref, state: states[index] ?? absent }));
    const pending = found.filter(({ state }) => state.state !== wanted);
    if (pending.length > 0) throw new WaitError(code, summary, pending);
  }
}

const current: ReadyState = { state: "current", message: "" };
const absent: ReadyState = { state: "absent", message: "" };

/** One after the other: what is read at once from a disk is not read sooner. */
async function each<T>(refs: readonly ObjectRef[], look: (ref: ObjectRef) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const ref of refs) results.push(await look(ref));
  return results;
}

function recordFolders(namespace: string, record: string): string[] {
  return instanceFolders(namespace, record.replace(/^timoni\./, ""), `record ${record}`);
}
