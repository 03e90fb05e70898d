import { applyBundle, changesObjects } from "../../engine/apply/index.js";
import { type BundleArgs, buildUserBundle } from "../build-user-bundle.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { eventPrinter, tellingFailure } from "../show-events.js";
import { warnOfSecretFiles } from "../warn-of-secret-files.js";

type Args = BundleArgs &
  TargetArgs & {
    wait: boolean;
    timeout: number;
    dryRun: boolean;
    diff: boolean;
    force: boolean;
    overwriteOwnership: boolean;
    deleteResources: boolean;
    output: "table" | "json";
  };

/** `sheaf bundle apply`: installs or upgrades the instances of a bundle. */
export function bundleApply(context: Context, args: Args): Promise<ExitCode> {
  return tellingFailure(context.terminal, args.output, () => run(context, args));
}

async function run(context: Context, args: Args): Promise<ExitCode> {
  const opened = await openTarget(args, context);
  const { target } = opened;
  try {
    const bundle = await buildUserBundle(args, context, opened.kubeVersion);
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
      force: args.force,
      overwriteOwnership: args.overwriteOwnership,
      deleteResources: args.deleteResources,
    });
    if (target.kind === "directory" && !dryRun) warnOfSecretFiles(bundle, context);
    return args.diff && changed ? exitCode.changes : exitCode.done;
  } finally {
    await target.close();
  }
}
