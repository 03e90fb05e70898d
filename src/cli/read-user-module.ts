import { relative, resolve } from "node:path";
import { type Resolver, readModuleFolder } from "../engine/module/index.js";
import type { FileTree } from "../engine/oci/index.js";
import type { Context } from "./context.js";
import { type ModuleSourceArgs, openResolver } from "./open-resolver.js";

/** The folder of a module, and its files, those included that come from elsewhere. */
export type UserModule = FileTree &
  Readonly<{
    dir: string;
    /** The path as a person in the current folder would write it: places in the module's files start with it. */
    label: string;
  }>;

/** Reads the folder of a module that the user works on. */
export async function readUserModule(path: string, args: ModuleSourceArgs, context: Context): Promise<UserModule> {
  const { cwd, sources } = context;
  const dir = resolve(cwd, path.replace(/^file:\/\//, ""));
  const label = relative(cwd, dir);
  let resolver: Resolver | undefined;
  const tree = await readModuleFolder(dir, label, async ({ name: _, ...request }) => {
    const { mirror, offline, registryInsecure, registryCa } = args;
    resolver ??= await openResolver({ mirror, offline, registryInsecure, registryCa }, context);
    return (await resolver.files(request, dir)).tree;
  });
  for (const [file, bytes] of tree.files)
    sources.set(label === "" ? file : `${label}/${file}`, Buffer.from(bytes).toString());
  return { dir, label, ...tree };
}
