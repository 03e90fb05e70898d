import { type LoadedValues, loadValues } from "../engine/bundle/index.js";
import type { Context } from "./context.js";
import { readSources, runtimeLookup, sourceOptions, type VariableArgs } from "./read-sources.js";

/** The options that name files of values: see `valuesOption`. */
export type ValuesArgs = VariableArgs & Readonly<{ values?: string[] | undefined }>;

/** Loads the values that the options name, with those of the environment filled in; undefined where they name none. */
export async function loadUserValues(args: ValuesArgs, context: Context): Promise<LoadedValues | undefined> {
  if (args.values === undefined) return undefined;
  const runtime = await runtimeLookup(args, context);
  return loadValues(await readSources(args.values, context), { runtime, ...sourceOptions(args, context) });
}
