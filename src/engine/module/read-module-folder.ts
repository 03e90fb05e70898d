import { readFile, realpath } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { SheafError, type SourcePos } from "../diagnostics/index.js";
import { isJsonObject, type Located, locate, toJson } from "../json/index.js";
import { type FileTree, readTree } from "../oci/index.js";
import { type InnerModule, innerModules } from "./manifest.js";
import { filePath } from "./mirror.js";
import { ModuleError } from "./module-error.js";
import { decodeText, filesBelow, innerFolder, labelPath } from "./module-files.js";
import { readLocatedFile } from "./read-located-file.js";

/** Gets the files of a module that another one renders inside, from where its URL says. */
export type InnerFetcher = (inner: InnerModule) => Promise<FileTree>;

/** Modules inside of each other; more than a reader can follow. */
const maxDepth = 5;

/**
 * Reads the folder of a module whole: its own files, those beside it that `include` of module.yaml names, and the modules
 * that it renders inside. What the folder has itself is taken from there, so that a module which was published, and pulled
 * again, needs nothing beside it.
 *
 * @param dir The folder
 * @param label What places in its files start with
 * @param fetchInner For modules inside that do not come from a folder
 * @throws {OciError} As `readTree` does
 * @throws {ModuleError} `bad-include`
 */
export async function readModuleFolder(dir: string, label: string, fetchInner?: InnerFetcher): Promise<FileTree> {
  return readWhole(dir, label, fetchInner, []);
}

async function readWhole(
  dir: string,
  label: string,
  fetchInner: InnerFetcher | undefined,
  around: readonly string[],
): Promise<FileTree> {
  const tree = await readTree(dir);
  const manifest = tree.files.get("module.yaml");
  if (manifest === undefined) return tree;
  const file = labelPath(label, "module.yaml");
  const text = decodeText(manifest, file);
  if (!/^(?:include|modules):/m.test(text)) return tree;
  const located = await readLocatedFile(text, file);
  const [files, executable] = [new Map(tree.files), new Set(tree.executable)];
  const posOf = (...steps: string[]): SourcePos => locate(located, steps)?.pos ?? located.pos;
  for (const [path, from] of includesIn(located)) {
    if (files.has(path)) continue;
    const fail = (detail: string) => new ModuleError("bad-include", `${from} ${detail}`, posOf("include", path));
    const found = await findBeside(dir, from, fail);
    files.set(path, await readFile(found).catch(() => Promise.reject(fail("cannot be read; it has to be a file"))));
  }
  for (const inner of modulesIn(located)) {
    const folder = innerFolder(inner.name);
    if (filesBelow(files, folder).size > 0) continue;
    const fail = (detail: string, cause?: unknown) =>
      new ModuleError("bad-include", `${inner.url} ${detail}`, posOf("modules", inner.name, "url"), [], { cause });
    const added = await readInner(dir, label, inner, fetchInner, [...around, await realpath(dir)], fail);
    for (const [path, bytes] of added.files) files.set(`${folder}/${path}`, bytes);
    for (const path of added.executable) executable.add(`${folder}/${path}`);
  }
  return { files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))), executable };
}

type Fail = (detail: string, cause?: unknown) => ModuleError;

async function readInner(
  dir: string,
  label: string,
  inner: InnerModule,
  fetchInner: InnerFetcher | undefined,
  around: readonly string[],
  fail: Fail,
): Promise<FileTree> {
  if (around.length > maxDepth) throw fail(`is more than ${maxDepth} modules deep inside`);
  if (inner.version === undefined && !inner.url.startsWith("file://"))
    throw fail("needs its version beside it, so that the module is built alike every time");
  try {
    const tree = inner.url.startsWith("file://")
      ? await readBeside(dir, label, inner, fetchInner, around, fail)
      : await fetchInner?.(inner);
    if (tree === undefined) throw fail("is not in a folder, and nothing was given to fetch it");
    if (tree.files.has("module.yaml")) return tree;
  } catch (error) {
    if (!(error instanceof SheafError) || error instanceof ModuleError) throw error;
    throw fail(`cannot be had: ${error.message}`, error);
  }
  throw fail("is no module: it has no module.yaml");
}

async function readBeside(
  dir: string,
  label: string,
  { url }: InnerModule,
  fetchInner: InnerFetcher | undefined,
  around: readonly string[],
  fail: Fail,
): Promise<FileTree> {
  const path = filePath(url, ".");
  const found = await findBeside(dir, path, fail);
  if (around.includes(found)) throw fail("leads back to the module itself");
  return readWhole(found, join(label, path), fetchInner, around);
}

/** What is included: paths in the module, and where their files are. Faults of form are found with those of module.yaml. */
function includesIn(located: Located): [path: string, from: string][] {
  const include = locate(located, ["include"]);
  const value = include === undefined ? {} : toJson(include);
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return entries.flatMap(([path, from]): [string, string][] => (typeof from === "string" ? [[path, from]] : []));
}

function modulesIn(located: Located): InnerModule[] {
  const modules = locate(located, ["modules"]);
  // A name that is none would be a path; it is found with the other faults of module.yaml.
  return innerModules(modules && toJson(modules)).filter(({ name }) => /^[a-z0-9-]+$/.test(name));
}

/** A module shares what is in the folder around it, and reads nothing else of the machine. */
async function findBeside(dir: string, from: string, fail: Fail): Promise<string> {
  const around = dirname(await realpath(dir));
  const path = await realpath(resolve(dir, from)).catch(() => {
    throw fail("does not exist; write a path beside the module's folder, such as ../shared/metadata.yaml");
  });
  if (path.startsWith(around + sep)) return path;
  throw fail(`is outside of ${around}; a module shares only what is beside its folder`);
}
