import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceId } from "../../inventory/index.js";
import type { ObjectRef } from "../../object/index.js";
import { isFileNameOf, recordFile } from "./file-name.js";
import { orAbsent } from "./file-system.js";

/** A file that has the name of an object's. What it holds is not known yet. */
export type ObjectFile = Readonly<{
  path: string;
  name: string;
  /** The namespace whose folder it is in. */
  namespace: string;
}>;

/** The files of a directory target: `<namespace>/<instance>/…`, and `<namespace>/v1_namespace_….yaml`. */
export type Tree = Readonly<{
  /** Instances of which there is a record. */
  recorded: readonly InstanceId[];
  files: readonly ObjectFile[];
  /** The files that may hold an object, by their names. */
  find: (ref: ObjectRef) => ObjectFile[];
  add: (file: ObjectFile) => void;
  remove: (path: string) => void;
}>;

/** Lists the files of a directory target. Links are not followed; other files are left out. */
export async function readTree(root: string): Promise<Tree> {
  const recorded: InstanceId[] = [];
  const found: ObjectFile[] = [];
  for (const namespace of await subfolders(root)) {
    const folder = join(root, namespace);
    found.push(...(await manifests(folder, namespace)));
    for (const name of await subfolders(folder)) {
      const instance = join(folder, name);
      found.push(...(await manifests(instance, namespace)));
      if (await hasRecord(instance)) recorded.push({ name, namespace });
    }
  }
  return indexFiles(recorded, found);
}

function indexFiles(recorded: readonly InstanceId[], found: readonly ObjectFile[]): Tree {
  const files = new Map(found.map((file) => [file.path, file]));
  // Most files differ in what follows the last `_`, so a look-up needs to compare a few names only.
  const byTail = new Map<string, Set<ObjectFile>>();
  const bucketOf = (name: string): Set<ObjectFile> => {
    const tail = name.slice(name.lastIndexOf("_") + 1).toLowerCase();
    const bucket = byTail.get(tail) ?? new Set();
    byTail.set(tail, bucket);
    return bucket;
  };
  for (const file of found) bucketOf(file.name).add(file);
  return {
    recorded,
    get files() {
      return [...files.values()];
    },
    find: (ref) =>
      [...bucketOf(`${ref.name}.yaml`)].filter(({ name, namespace }) => isFileNameOf(name, ref, namespace)),
    add: (file) => {
      if (files.has(file.path)) return;
      files.set(file.path, file);
      bucketOf(file.name).add(file);
    },
    remove: (path) => {
      const file = files.get(path);
      if (file === undefined) return;
      files.delete(path);
      bucketOf(file.name).delete(file);
    },
  };
}

async function subfolders(path: string): Promise<string[]> {
  const entries = (await orAbsent(readdir(path, { withFileTypes: true }), path)) ?? [];
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

async function manifests(path: string, namespace: string): Promise<ObjectFile[]> {
  const entries = (await orAbsent(readdir(path, { withFileTypes: true }), path)) ?? [];
  const names = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".yaml")).map(({ name }) => name);
  return names.sort().map((name) => ({ path: join(path, name), name, namespace }));
}

async function hasRecord(path: string): Promise<boolean> {
  return ((await orAbsent(readdir(path), path)) ?? []).includes(recordFile);
}
