import { buildBundle } from "../engine/build/index.js";
import { type Bundle, loadBundle } from "../engine/bundle/index.js";
import type { KubeObject } from "../engine/object/index.js";
import type { RenderedBundle } from "../engine/plan/index.js";
import type { Target } from "../engine/target/index.js";
import type { Context } from "./context.js";
import type { ClusterRun, FleetArgs } from "./fleet.js";
import { type LockArgs, openLocked } from "./lock-file.js";
import { type ModuleArgs, openResolver } from "./open-resolver.js";
import { readSources, sourceOptions } from "./read-sources.js";

/** The options that say which bundle is meant, and for which clusters. */
export type SourceArgs = FleetArgs & Readonly<{ file: string[] }>;

/** Those, and with what it is built. */
export type BundleArgs = SourceArgs &
  ModuleArgs &
  LockArgs &
  Readonly<{ kubeVersion?: string | undefined; validate?: boolean | undefined }>;

/**
 * Loads the bundle that the options name, for one cluster.
 *
 * @param target The cluster, where it is open already
 */
export async function loadUserBundle(args: SourceArgs, run: ClusterRun, target?: Target): Promise<Bundle> {
  const { context } = run;
  return loadBundle(await readSources(args.file, context), {
    runtime: await run.lookup(target),
    ...sourceOptions(args, context),
  });
}

/** Builds a bundle; `kubeVersion` is that of the target, where it has one. */
export type Builder = (bundle: Bundle, kubeVersion?: string) => Promise<RenderedBundle>;

/**
 * Opens what bundles are built with, once for all clusters: the modules. It says on stderr which of them did not come from
 * where their URL says, and which objects use deprecated APIs.
 *
 * @param more `onUnchecked` is told of the objects of kinds that nobody defines, which could not be checked; `exempt` names
 *   those that need not be
 */
export async function openBuilder(
  args: BundleArgs,
  context: Context,
  more: Readonly<{
    onUnchecked?: (objects: readonly KubeObject[]) => void;
    exempt?: (object: KubeObject) => boolean;
  }> = {},
): Promise<Builder> {
  const { terminal } = context;
  const resolver = await openResolver(args, context);
  const modules = args.locked ? await openLocked(resolver, args, context) : resolver;
  const told = new Set<string>();
  const tell = (note: string) => {
    if (!told.has(note)) terminal.err(note);
    told.add(note);
  };
  return (bundle, kubeVersion) =>
    buildBundle(bundle, modules, {
      kubeVersion: args.kubeVersion ?? kubeVersion,
      baseDir: context.cwd,
      onModule: ({ repository, version, via }) => {
        if (via !== undefined) tell(terminal.colors.dim(`${repository} ${version}: from ${via}\n`));
      },
      // A cluster checks by itself, and before the first write.
      validate: args.validate ?? kubeVersion === undefined,
      exempt: more.exempt,
      onChecked: ({ warnings, unchecked }) => {
        for (const { message } of warnings) tell(`${terminal.colors.yellow("warning:")} ${message}\n`);
        more.onUnchecked?.(unchecked);
      },
    });
}
