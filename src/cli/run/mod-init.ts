import { join, resolve } from "node:path";
import { skeletonOf } from "../../engine/module/index.js";
import { treeOf, writeTree } from "../../engine/oci/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";

/** `sheaf mod init`: makes the folder of a new module. */
export async function modInit(context: Context, args: { name: string; path: string }): Promise<ExitCode> {
  const { terminal, cwd } = context;
  const files = [...skeletonOf(args.name)].map(([path, text]) => [path, Buffer.from(text)] as const);
  const dir = join(args.path, args.name);
  await writeTree(treeOf(new Map(files)), resolve(cwd, dir));
  terminal.say(`module ${args.name} written to ${dir}\n`);
  terminal.err(`Try it out: sheaf bundle apply -f ${join(dir, "bundle.yaml")} --target dir:./cluster\n`);
  return exitCode.done;
}
