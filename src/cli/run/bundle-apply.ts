import { applyBundle, changesObjects } from "../../engine/apply/index.js";
import { type Builder, type BundleArgs, loadUserBundle, openBuilder } from "../build-user-bundle.js";
import { type ChangeArgs, changesOf } from "../change-options.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { type ClusterRun, openFleet } from "../fleet.js";
import { openRestorer, type Restorer } from "../open-restorer.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { eventPrinter, tellingFailure } from "../show-events.js";
import { warnOfSecretFiles } from "../warn-of-secret-files.js";

type Args = BundleArgs &
  TargetArgs &
  ChangeArgs & {
    wait: boolean;
    timeout: number;
    dryRun: boolean;
    diff: boolean;
    atomic: boolean;
    deleteResources: boolean;
    output: "table" | "json";
  };

/** `sheaf bundle apply`: installs or upgrades the instances of a bundle. */
export function bundleApply(context: Context, args: Args): Promise<ExitCode> {
  return tellingFailure(context.terminal, args.output, async () => {
    const fleet = await openFleet(args, context);
    const build = await openBuilder(args, context);
    const restorer = args.atomic ? await openRestorer(args, context) : undefined;
    return fleet.run((run) => applyTo(run, build, restorer, args));
  });
}

async function applyTo(run: ClusterRun, build: Builder, restorer: Restorer | undefined, args: Args): Promise<ExitCode> {
  const { context } = run;
  const { target, kubeVersion } = await openTarget(run.target, context);
  try {
    const bundle = await build(await loadUserBundle(args, run, target), kubeVersion);
    // As in Timoni, --diff shows what would change and writes nothing.
    const dryRun = args.dryRun || args.diff;
    let changed = false;
    const show = eventPrinter(context.terminal, { output: args.output, dryRun });
    await applyBundle(bundle, target, {
      now: context.now,
      signal: context.signal,
      onEvent: (event) => {
        show(event);
        changed ||= changesObjects(event);
      },
      dryRun,
      diff: args.diff,
      wait: args.wait,
      timeoutMs: args.timeout,
      deleteResources: args.deleteResources,
      ...changesOf(args),
      ...(restorer !== undefined && { restore: restorer(bundle, kubeVersion) }),
    });
    if (target.kind === "directory" && !dryRun) warnOfSecretFiles(bundle, context);
    return args.diff && changed ? exitCode.changes : exitCode.done;
  } finally {
    await target.close();
  }
}
