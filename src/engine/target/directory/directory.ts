import { access, constants, readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type InstanceId, recordSelector } from "../../inventory/index.js";
import { equalJson } from "../../json/index.js";
import { formatRef, type KubeObject, labelOf, type ObjectRef, refKey, refOf } from "../../object/index.js";
import { isSecret, ownerOf } from "../../plan/index.js";
import { stringifyYaml } from "../../yaml/index.js";
import { TargetError, WaitError } from "../errors.js";
import type { Change, ReadyState, Target } from "../target.js";
import { assertFileName, objectFileName, recordFile } from "./file-name.js";
import {
  codeOf,
  ensureFolder,
  type FileState,
  foreignFile,
  narrowMode,
  notWritable,
  orAbsent,
  removeEmptyFolders,
  removeFile,
  removeLeftovers,
  tryReadFile,
  writeWhole,
} from "./file-system.js";
import { isOurs, parseDefinition, parseHeader, parseObject } from "./object-file.js";
import { readRecordFile, writeRecordFile } from "./record-file.js";
import { type ObjectFile, readTree, type Tree } from "./tree.js";

export type DirectoryOptions = Readonly<{
  /** The clock, for the creation times of records. */
  now: () => Date;
}>;

/** What people keep at the top of a folder of manifests: it does not make a folder somebody else's. */
const harmless = /^\.|\.md$|^kustomization\.ya?ml$|^LICENSE$/i;

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

/** Where an object goes, what is there, and the other places at which it is. */
type Place = Readonly<{
  path: string;
  folder: readonly string[];
  text: string;
  present: FileState | undefined;
  /** The object in earlier places: another instance's folder, or a file named after another API version. */
  earlier: readonly LiveFile[];
}>;

type LiveFile = Readonly<{ file: ObjectFile; state: FileState; header: KubeObject }>;

class DirectoryTarget implements Target {
  readonly kind = "directory";
  readonly description: string;
  readonly #root: string;
  readonly #now: () => Date;
  #tree: Promise<Tree> | undefined;
  /** Which object takes which path: two objects must not share one. */
  readonly #claims = new Map<string, string>();
  readonly #swept = new Set<string>();

  constructor(path: string, { now }: DirectoryOptions) {
    this.description = `directory ${path}`;
    this.#root = resolve(path);
    this.#now = now;
  }

  async check(): Promise<void> {
    this.#tree = undefined;
    this.#claims.clear();
    await assertWritable(this.#root);
    const names = (await orAbsent(readdir(this.#root), this.#root)) ?? [];
    const suspicious = names.filter((name) => !harmless.test(name));
    if (suspicious.length === 0 || (await this.#holdsOurs())) return;
    const shown = suspicious.slice(0, 3).join(", ") + (suspicious.length > 3 ? ", …" : "");
    const text = `${this.description} holds files that sheaf did not write (${shown}); choose an empty folder or a new one`;
    throw new TargetError("foreign-files", text);
  }

  async listRecords({ bundle }: Readonly<{ bundle?: string }>): Promise<KubeObject[]> {
    this.#tree = undefined;
    const { recorded } = await this.#files();
    const records: KubeObject[] = [];
    for (const { namespace, name } of recorded) {
      const record = await readRecordFile(join(this.#root, namespace, name), namespace, `timoni.${name}`);
      if (record !== undefined && matches(record, bundle)) records.push(record);
    }
    return records;
  }

  async readRecord(namespace: string, name: string): Promise<KubeObject | undefined> {
    return readRecordFile(this.#folderOf(namespace, name), namespace, name);
  }

  async writeRecord(record: KubeObject): Promise<KubeObject> {
    const { namespace = "", name } = record.metadata;
    const folder = this.#folderOf(namespace, name);
    await this.#ensureFolder([namespace, instanceOf(name)]);
    return writeRecordFile(folder, record, this.#now);
  }

  async deleteRecord(namespace: string, name: string): Promise<void> {
    const folder = this.#folderOf(namespace, name);
    await removeFile(join(folder, recordFile));
    await removeEmptyFolders(folder, this.#root);
  }

  async read(refs: readonly ObjectRef[]): Promise<(KubeObject | undefined)[]> {
    return this.#each(refs, async (found) => found && parseObject(found.state.text));
  }

  async readMetadata(refs: readonly ObjectRef[]): Promise<(KubeObject | undefined)[]> {
    return this.#each(refs, async (found) => found?.header);
  }

  async states(refs: readonly ObjectRef[]): Promise<ReadyState[]> {
    return this.#each(refs, async (found) => (found === undefined ? absent : current));
  }

  async listCustomResources(definitions: readonly ObjectRef[]): Promise<ObjectRef[]> {
    const resources: ObjectRef[] = [];
    for (const definition of definitions) {
      const group = definition.name.slice(definition.name.indexOf(".") + 1);
      const files = (await this.#files()).files.filter(({ name }) => `_${name}`.includes(`_${group.toLowerCase()}_`));
      const [live] = files.length === 0 ? [] : await this.#findLive(definition);
      const defined = live && (await parseDefinition(live.state.text));
      if (defined === undefined) continue;
      for (const file of files) {
        const header = (await this.#load(file))?.header;
        const ref = header && refOf(header);
        if (ref?.group === defined.group && ref.kind === defined.kind) resources.push(ref);
      }
    }
    return resources;
  }

  async preview(object: KubeObject): Promise<Change> {
    return this.#compare(object, await this.#place(object));
  }

  async apply(object: KubeObject): Promise<Change> {
    const place = await this.#place(object);
    const change = await this.#compare(object, place);
    const { path, folder, text, present, earlier } = place;
    const mode = isSecret(object) ? 0o600 : 0o644;
    if (change.action !== "unchanged") {
      await this.#ensureFolder(folder);
      await writeWhole(path, text, mode);
      const [namespace = ""] = folder;
      (await this.#files()).add({ path, name: objectFileName(refOf(object), namespace), namespace });
      for (const { file } of earlier) await this.#remove(file);
    } else if (mode === 0o600 && present !== undefined) await narrowMode(path, present);
    return change;
  }

  async delete(ref: ObjectRef): Promise<boolean> {
    const found = await this.#findLive(ref);
    for (const { file } of found) await this.#remove(file);
    return found.length > 0;
  }

  async waitReady(refs: readonly ObjectRef[]): Promise<void> {
    await this.#expect(refs, "current", "failed", "these files are missing:");
  }

  async waitGone(refs: readonly ObjectRef[]): Promise<void> {
    await this.#expect(refs, "absent", "timeout", "these files are still there:");
  }

  async close(): Promise<void> {}

  async #expect(refs: readonly ObjectRef[], state: "current" | "absent", code: WaitError["code"], summary: string) {
    const states = await this.states(refs);
    const pending = refs.flatMap((ref, index) => {
      const found = states[index] ?? absent;
      return found.state === state ? [] : [{ ref, state: found }];
    });
    if (pending.length > 0) throw new WaitError(code, summary, pending);
  }

  #files(): Promise<Tree> {
    this.#tree ??= readTree(this.#root);
    return this.#tree;
  }

  async #holdsOurs(): Promise<boolean> {
    const { recorded, files } = await this.#files();
    if (recorded.length > 0) return true;
    for (const file of files) if ((await this.#load(file)) !== undefined) return true;
    return false;
  }

  #folderOf(namespace: string, record: string): string {
    for (const part of [namespace, instanceOf(record)]) assertFileName(part, `instance ${instanceOf(record)}`);
    return join(this.#root, namespace, instanceOf(record));
  }

  async #ensureFolder(parts: readonly string[]): Promise<void> {
    const folder = await ensureFolder(this.#root, parts);
    if (this.#swept.has(folder)) return;
    this.#swept.add(folder);
    await removeLeftovers(folder);
  }

  async #each<T>(refs: readonly ObjectRef[], look: (found: LiveFile | undefined) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for (const ref of refs) results.push(await look((await this.#findLive(ref))[0]));
    return results;
  }

  /** The files that hold an object and that sheaf wrote: one, unless a run was killed while it moved the object. */
  async #findLive(ref: ObjectRef): Promise<LiveFile[]> {
    const found: LiveFile[] = [];
    for (const file of (await this.#files()).find(ref)) {
      const live = await this.#load(file);
      if (live !== undefined && refKey(refOf(live.header)) === refKey(ref)) found.push(live);
    }
    return found;
  }

  async #load(file: ObjectFile): Promise<LiveFile | undefined> {
    const state = await tryReadFile(file.path);
    const header = state && (await parseHeader(state.text));
    return state !== undefined && header !== undefined && isOurs(header) ? { file, state, header } : undefined;
  }

  async #remove({ path }: ObjectFile): Promise<void> {
    await removeFile(path);
    (await this.#files()).remove(path);
    await removeEmptyFolders(dirname(path), this.#root);
  }

  async #place(object: KubeObject): Promise<Place> {
    const ref = refOf(object);
    const owner = ownerOf(object);
    const folder = folderParts(object, owner);
    const [home = ""] = folder;
    for (const part of folder) assertFileName(part, formatRef(ref));
    const path = join(this.#root, ...folder, objectFileName(ref, home));
    const claim = this.#claims.get(path) ?? refKey(ref);
    if (claim !== refKey(ref)) {
      const text = `${formatRef(ref)} would have the same file as another object (${claim}): ${path}; rename one of them`;
      throw new TargetError("invalid-object", text);
    }
    this.#claims.set(path, claim);
    const earlier = (await this.#findLive(ref)).filter(({ file }) => file.path !== path);
    return { path, folder, text: stringifyYaml(object), present: await tryReadFile(path), earlier };
  }

  async #compare(object: KubeObject, { path, text, present, earlier }: Place): Promise<Change> {
    if (present === undefined) {
      const before = earlier[0] && (await parseObject(earlier[0].state.text));
      return before === undefined
        ? { action: "created", after: object }
        : { action: "configured", before, after: object };
    }
    const isMoved = earlier.length > 0;
    if (present.text === text) return { action: isMoved ? "configured" : "unchanged", before: object, after: object };
    const before = await parseObject(present.text);
    if (before === undefined) throw foreignFile(path, "is no Kubernetes object");
    if (!isOurs(before)) throw foreignFile(path, "does not carry an instance's labels");
    if (refKey(refOf(before)) !== refKey(refOf(object))) throw foreignFile(path, `holds ${formatRef(refOf(before))}`);
    return { action: !isMoved && equalJson(before, object) ? "unchanged" : "configured", before, after: object };
  }
}

const current: ReadyState = { state: "current", message: "" };
const absent: ReadyState = { state: "absent", message: "" };

/** The folders in which an object's file is: its instance's, or its own namespace's for a Namespace made for instances. */
function folderParts(object: KubeObject, owner: InstanceId | undefined): string[] {
  if (owner !== undefined) return [owner.namespace, owner.name];
  if (object.kind === "Namespace") return [object.metadata.name];
  throw new TargetError("invalid-object", `${formatRef(refOf(object))} does not carry the labels of an instance`);
}

function instanceOf(record: string): string {
  return record.replace(/^timoni\./, "");
}

/** A record that cannot be read belongs to no bundle that is known. */
function matches(record: KubeObject, bundle: string | undefined): boolean {
  if (bundle === undefined) return true;
  return Object.entries(recordSelector(bundle)).every(([key, value]) => labelOf(record, key) === value);
}

/** The folder, or what of its path is there, has to be a folder that can be written. */
async function assertWritable(path: string): Promise<void> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) {
      throw new TargetError("not-writable", `${path} is a file; name a folder, or one that is to be made`);
    }
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof TargetError) throw error;
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw notWritable(path, error);
    await assertWritable(dirname(path));
  }
}
