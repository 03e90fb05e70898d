import { loadBundleName } from "../engine/bundle/index.js";
import type { Context } from "./context.js";
import { readSources, runtimeLookup } from "./read-sources.js";
import { UsageError } from "./usage-error.js";

/** A bundle by its name, or by its file. */
export type NameArgs = Readonly<{
  name?: string | undefined;
  file?: string[] | undefined;
  runtimeFromEnv: boolean;
  envFile?: string[] | undefined;
}>;

/**
 * The name of the bundle that a command is about.
 *
 * @throws {UsageError} Unless exactly one of name and file is given
 */
export async function bundleName(args: NameArgs, command: string, context: Context): Promise<string> {
  if ((args.name === undefined) === (args.file === undefined)) {
    throw new UsageError(`give either the name of the bundle or its file: sheaf bundle ${command} NAME, or -f FILE`);
  }
  if (args.name !== undefined) return args.name;
  return loadBundleName(await readSources(args.file ?? [], context), {
    runtime: await runtimeLookup(args, context),
    onSource: (name, text) => context.sources.set(name, text),
  });
}
