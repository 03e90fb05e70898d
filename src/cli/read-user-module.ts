import { relative, resolve } from "node:path";
import { type ModuleFiles, readModuleFolder } from "../engine/module/index.js";
import type { Context } from "./context.js";

/** The folder of a module, and its files. */
export type UserModule = Readonly<{
  dir: string;
  /** The path as a person in the current folder would write it: places in the module's files start with it. */
  label: string;
  files: ModuleFiles;
}>;

/** Reads the folder of a module that the user works on. */
export async function readUserModule(path: string, { cwd, sources }: Context): Promise<UserModule> {
  const dir = resolve(cwd, path.replace(/^file:\/\//, ""));
  const label = relative(cwd, dir);
  const { files } = await readModuleFolder(dir, label);
  for (const [file, bytes] of files)
    sources.set(label === "" ? file : `${label}/${file}`, Buffer.from(bytes).toString());
  return { dir, label, files };
}
