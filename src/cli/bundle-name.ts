import { loadBundleName } from "../engine/bundle/index.js";
import { SheafError } from "../engine/diagnostics/index.js";
import type { RuntimeLookup } from "../engine/runtime/index.js";
import type { Target } from "../engine/target/index.js";
import type { ClusterRun, FleetArgs } from "./fleet.js";
import { readSources, sourceOptions } from "./read-sources.js";
import { UsageError } from "./usage-error.js";

/** A bundle by its name, or by its file. */
export type NameArgs = FleetArgs & Readonly<{ name?: string | undefined }>;

/**
 * Checks that a command is told in one way which bundle it is about.
 *
 * @throws {UsageError} Unless exactly one of name and file is given
 */
export function checkNameArgs(args: NameArgs, command: string): void {
  if ((args.name === undefined) === (args.file === undefined)) {
    throw new UsageError(`give either the name of the bundle or its file: sheaf bundle ${command} NAME, or -f FILE`);
  }
}

/** The name of the bundle that a command is about, on one cluster. */
export async function bundleName(args: NameArgs, run: ClusterRun, target: Target): Promise<string> {
  if (args.name !== undefined) return args.name;
  const { context } = run;
  const inputs = await readSources(args.file ?? [], context);
  const load = (runtime: RuntimeLookup) => loadBundleName(inputs, { runtime, ...sourceOptions(args, context) });
  try {
    // To delete a bundle, the Secrets that it was made from need not be there any more.
    return await load(await run.givenVariables());
  } catch (error) {
    if (!(error instanceof SheafError) || args.runtime === undefined) throw error;
    return load(await run.lookup(target));
  }
}
