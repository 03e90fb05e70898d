import { type ApplyArgs, applyToTarget } from "../apply-to-target.js";
import { type Builder, type BundleArgs, loadUserBundle, openBuilder } from "../build-user-bundle.js";
import type { Context, ExitCode } from "../context.js";
import { type ClusterRun, openFleet } from "../fleet.js";
import { openRestorer, type Restorer } from "../open-restorer.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { tellingFailure } from "../show-events.js";

type Args = BundleArgs & TargetArgs & ApplyArgs & { atomic: boolean };

/** `sheaf bundle apply`: installs or upgrades the instances of a bundle. */
export function bundleApply(context: Context, args: Args): Promise<ExitCode> {
  return tellingFailure(context.terminal, args.output, async () => {
    const fleet = await openFleet(args, context);
    const build = await openBuilder(args, context);
    const restorer = args.atomic ? await openRestorer(args, context) : undefined;
    return fleet.run((run) => applyTo(run, build, restorer, args), { keepGoing: args.dryRun || args.diff });
  });
}

async function applyTo(run: ClusterRun, build: Builder, restorer: Restorer | undefined, args: Args): Promise<ExitCode> {
  const { target, kubeVersion } = await openTarget(run.target, run.context);
  try {
    const bundle = await build(await loadUserBundle(args, run, target), kubeVersion);
    return await applyToTarget(bundle, target, args, run.context, restorer?.(bundle, kubeVersion));
  } finally {
    await target.close();
  }
}
