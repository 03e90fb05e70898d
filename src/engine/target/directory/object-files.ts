import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InstanceId } from "../../inventory/index.js";
import { equalJson } from "../../json/index.js";
import { formatRef, isSecret, type KubeObject, type ObjectRef, refKey, refOf } from "../../object/index.js";
import { stringifyYaml } from "../../yaml/index.js";
import type { Change } from "../target.js";
import { objectFileName, ownPrefix } from "./file-name.js";
import {
  ensureFolder,
  type FileState,
  foreignFile,
  narrowMode,
  orAbsent,
  removeEmptyFolders,
  removeFile,
  tryReadFile,
  writeWhole,
} from "./file-system.js";
import { removeLeftovers } from "./lock.js";
import { isOurs, parseDefinition, parseHeader, parseObject } from "./object-file.js";
import { PathClaims } from "./path-claims.js";
import { foldersOf } from "./place.js";
import { type ObjectFile, readTree, type Tree } from "./tree.js";

/** A file that holds an object of sheaf's. Of the header only `apiVersion`, `kind` and `metadata` are sure to be there. */
type LiveFile = Readonly<{ file: ObjectFile; state: FileState; header: KubeObject }>;

/** Where an object goes, what is there, and the other places at which it is. */
type Place = Readonly<{
  file: ObjectFile;
  folders: readonly string[];
  text: string;
  present: FileState | undefined;
  /** The object in earlier places: another instance's folder, or a file named after another API version. */
  earlier: readonly LiveFile[];
}>;

/** The objects of a directory target. */
export class ObjectFiles {
  readonly #root: string;
  #tree: Promise<Tree> | undefined;
  readonly #claims = new PathClaims();
  /** What the text of a file holds, where it is known without parsing it. */
  readonly #known = new Map<string, Readonly<{ text: string; object: KubeObject }>>();
  /** Folders from which the remains of crashed runs are removed. */
  readonly #swept = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Looks anew from here on: others may have changed files. */
  forget(): void {
    this.#tree = undefined;
    this.#claims.clear();
  }

  /** The instances that have a record. */
  async recorded(): Promise<readonly InstanceId[]> {
    return (await this.#files()).recorded;
  }

  /** Whether there is a record, or an object of sheaf's. */
  async holdsAny(): Promise<boolean> {
    const { recorded, files } = await this.#files();
    if (recorded.length > 0) return true;
    for (const file of files) if ((await this.#load(file)) !== undefined) return true;
    return false;
  }

  async readHeader(ref: ObjectRef): Promise<KubeObject | undefined> {
    const [live] = await this.#find(ref);
    return live?.header;
  }

  async read(ref: ObjectRef): Promise<KubeObject | undefined> {
    const [live] = await this.#find(ref);
    return live && this.#parse(live.file.path, live.state.text);
  }

  async preview(object: KubeObject): Promise<Change> {
    return this.#compare(object, await this.#place(object));
  }

  /** @param isPrivate The object holds secrets besides those of a Secret: its file is for its owner only */
  async apply(object: KubeObject, isPrivate = false): Promise<Change> {
    const place = await this.#place(object);
    const change = await this.#compare(object, place);
    const { file, folders, text, present, earlier } = place;
    const mode = isPrivate || isSecret(object) ? 0o600 : 0o644;
    if (change.action !== "unchanged") {
      await this.ensureFolder(folders);
      await writeWhole(file.path, text, mode);
      this.#known.set(file.path, { text, object });
      (await this.#files()).add(file);
      for (const live of earlier) await this.#remove(live.file);
    } else if (mode === 0o600 && present !== undefined) await narrowMode(file.path, present);
    return change;
  }

  /** Lets only their owner read the files of objects. */
  async makePrivate(refs: readonly ObjectRef[]): Promise<void> {
    for (const ref of refs) for (const { file, state } of await this.#find(ref)) await narrowMode(file.path, state);
  }

  /** The files of an instance's folder that hold none of these objects. */
  async othersThan(refs: readonly ObjectRef[], folders: readonly string[]): Promise<string[]> {
    const known = new Set<string>();
    for (const ref of refs) for (const { file } of await this.#find(ref)) known.add(file.path);
    const folder = join(this.#root, ...folders);
    return ((await orAbsent(readdir(folder), folder)) ?? [])
      .filter((name) => !name.startsWith(ownPrefix) && !known.has(join(folder, name)))
      .map((name) => join(...folders, name));
  }

  /** Removes an object's file. True when there was one. */
  async delete(ref: ObjectRef): Promise<boolean> {
    const found = await this.#find(ref);
    for (const { file } of found) await this.#remove(file);
    return found.length > 0;
  }

  /** The custom resources of definitions that are here. */
  async listCustomResources(definitions: readonly ObjectRef[]): Promise<ObjectRef[]> {
    const resources: ObjectRef[] = [];
    for (const definition of definitions) {
      const group = definition.name.slice(definition.name.indexOf(".") + 1).toLowerCase();
      const files = (await this.#files()).files.filter(({ name }) => `_${name}`.includes(`_${group}_`));
      const [live] = files.length === 0 ? [] : await this.#find(definition);
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

  /** Makes a folder under the root. */
  async ensureFolder(parts: readonly string[]): Promise<string> {
    const folder = await ensureFolder(this.#root, parts);
    if (this.#swept.has(folder)) return folder;
    this.#swept.add(folder);
    await removeLeftovers(folder);
    return folder;
  }

  #files(): Promise<Tree> {
    this.#tree ??= readTree(this.#root);
    return this.#tree;
  }

  /** The files that hold an object and are sheaf's: one, unless a run was killed while it moved the object. */
  async #find(ref: ObjectRef): Promise<LiveFile[]> {
    const live: LiveFile[] = [];
    for (const file of (await this.#files()).find(ref)) {
      const loaded = await this.#load(file);
      if (loaded !== undefined && refKey(refOf(loaded.header)) === refKey(ref)) live.push(loaded);
    }
    return live;
  }

  async #load(file: ObjectFile): Promise<LiveFile | undefined> {
    const state = await tryReadFile(file.path);
    if (state === undefined) return undefined;
    const known = this.#known.get(file.path);
    const header = known?.text === state.text ? known.object : await parseHeader(state.text);
    return header !== undefined && isOurs(header) ? { file, state, header } : undefined;
  }

  async #parse(path: string, text: string): Promise<KubeObject | undefined> {
    const known = this.#known.get(path);
    return known?.text === text ? known.object : parseObject(text);
  }

  async #remove({ path }: ObjectFile): Promise<void> {
    await removeFile(path);
    (await this.#files()).remove(path);
    await removeEmptyFolders(dirname(path), this.#root);
  }

  async #place(object: KubeObject): Promise<Place> {
    const ref = refOf(object);
    const folders = foldersOf(object);
    const [namespace = ""] = folders;
    const name = objectFileName(ref, namespace);
    const path = join(this.#root, ...folders, name);
    this.#claims.claim(path, ref);
    const file = { path, name, namespace };
    const [text, present] = [stringifyYaml(object), await tryReadFile(path)];
    // Another run may have written it since the tree was read.
    if (present !== undefined) (await this.#files()).add(file);
    // The usual case, told without parsing anything.
    if (present?.text === text) this.#known.set(path, { text, object });
    const earlier = (await this.#find(ref)).filter(({ file }) => file.path !== path);
    return { file, folders, text, present, earlier };
  }

  async #compare(object: KubeObject, { file: { path }, text, present, earlier }: Place): Promise<Change> {
    const [moved] = earlier;
    if (present === undefined) {
      const before = moved && (await this.#parse(moved.file.path, moved.state.text));
      const action = before === undefined ? "created" : "configured";
      return { action, ...(before === undefined ? {} : { before }), after: object };
    }
    const unchanged = moved === undefined ? "unchanged" : "configured";
    if (present.text === text) return { action: unchanged, before: object, after: object };
    const before = await parseObject(present.text);
    if (before === undefined) throw foreignFile(path, "is no Kubernetes object");
    if (!isOurs(before)) throw foreignFile(path, "does not carry an instance's labels");
    if (refKey(refOf(before)) !== refKey(refOf(object))) throw foreignFile(path, `holds ${formatRef(refOf(before))}`);
    return { action: equalJson(before, object) ? unchanged : "configured", before, after: object };
  }
}
