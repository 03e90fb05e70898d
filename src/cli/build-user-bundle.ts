import { buildBundle } from "../engine/build/index.js";
import { type Bundle, loadBundle } from "../engine/bundle/index.js";
import type { RenderedBundle } from "../engine/plan/index.js";
import type { Context } from "./context.js";
import { type LockArgs, openLocked } from "./lock-file.js";
import { type ModuleArgs, openResolver } from "./open-resolver.js";
import { readSources, runtimeLookup } from "./read-sources.js";

/** The options that say which bundle is meant. */
export type SourceArgs = Readonly<{ file: string[]; runtimeFromEnv: boolean; envFile?: string[] | undefined }>;

/** Those, and with what it is built. */
export type BundleArgs = SourceArgs & ModuleArgs & LockArgs & Readonly<{ kubeVersion?: string | undefined }>;

/** Loads the bundle that the options name. */
export async function loadUserBundle(args: SourceArgs, context: Context): Promise<Bundle> {
  return loadBundle(await readSources(args.file, context), {
    runtime: await runtimeLookup(args, context),
    onSource: (name, text) => context.sources.set(name, text),
  });
}

/**
 * Loads and builds the bundle that the options name, and says on stderr which modules did not come from where their URL says.
 *
 * @param kubeVersion That of the target, where it has one
 */
export async function buildUserBundle(
  args: BundleArgs,
  context: Context,
  kubeVersion?: string,
  loaded?: Bundle,
): Promise<RenderedBundle> {
  const { terminal } = context;
  const bundle = loaded ?? (await loadUserBundle(args, context));
  const resolver = await openResolver(args, context);
  return buildBundle(bundle, args.locked ? await openLocked(resolver, args, context) : resolver, {
    kubeVersion: args.kubeVersion ?? kubeVersion,
    baseDir: context.cwd,
    onModule: ({ repository, version, via }) => {
      if (via !== undefined) terminal.err(terminal.colors.dim(`${repository} ${version}: from ${via}\n`));
    },
  });
}
