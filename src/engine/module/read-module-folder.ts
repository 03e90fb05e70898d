import { readFile, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { isJsonObject, type Located, locate, toJson } from "../json/index.js";
import { type FileTree, readTree } from "../oci/index.js";
import { ModuleError } from "./module-error.js";
import { decodeText, labelPath } from "./module-files.js";
import { readLocatedFile } from "./read-located-file.js";

/**
 * Reads the folder of a module whole: its own files, and those beside it that `include` of module.yaml names. A file that
 * the folder has itself is taken from there, so that a module which was published, and pulled again, needs nothing beside it.
 *
 * @param dir The folder
 * @param label What places in its files start with
 * @throws {OciError} As `readTree` does
 * @throws {ModuleError} `bad-include`
 */
export async function readModuleFolder(dir: string, label: string): Promise<FileTree> {
  const tree = await readTree(dir);
  const manifest = tree.files.get("module.yaml");
  if (manifest === undefined) return tree;
  const file = labelPath(label, "module.yaml");
  const text = decodeText(manifest, file);
  if (!/^include:/m.test(text)) return tree;
  const located = await readLocatedFile(text, file);
  const files = new Map(tree.files);
  for (const [path, from] of includesIn(located)) {
    if (files.has(path)) continue;
    const pos = locate(located, ["include", path])?.pos ?? located.pos;
    files.set(path, await readBeside(dir, from, (detail) => new ModuleError("bad-include", `${from} ${detail}`, pos)));
  }
  return { files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))), executable: tree.executable };
}

/** What is included: paths in the module, and where their files are. Faults of form are found with those of module.yaml. */
function includesIn(located: Located): [path: string, from: string][] {
  const include = locate(located, ["include"]);
  const value = include === undefined ? {} : toJson(include);
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return entries.flatMap(([path, from]): [string, string][] => (typeof from === "string" ? [[path, from]] : []));
}

/** A module may share what is in the folder around it, and reads nothing else of the machine. */
async function readBeside(dir: string, from: string, fail: (detail: string) => ModuleError): Promise<Uint8Array> {
  const around = dirname(await realpath(dir));
  const path = await realpath(join(dir, from)).catch(() => {
    throw fail("does not exist; write the path of a file beside the module's folder, such as ../shared/metadata.yaml");
  });
  if (!path.startsWith(around + sep))
    throw fail(`is outside of ${around}; a module shares only what is beside its folder`);
  return readFile(path).catch(() => {
    throw fail("cannot be read; it has to be a file");
  });
}
