import { diffBundle } from "../../engine/apply/index.js";
import { type Builder, type BundleArgs, loadUserBundle, openBuilder } from "../build-user-bundle.js";
import { type ChangeArgs, changesOf } from "../change-options.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { type ClusterRun, openFleet } from "../fleet.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { formatDiff } from "../show-diff.js";
import { describeUnnamed } from "../show-events.js";

type Args = BundleArgs & TargetArgs & ChangeArgs & { output: "table" | "json" };

/** `sheaf bundle diff`: shows what apply would change; exit code 3 if anything. */
export async function bundleDiff(context: Context, args: Args): Promise<ExitCode> {
  const fleet = await openFleet(args, context);
  const build = await openBuilder(args, context);
  return fleet.run((run) => diffOn(run, build, args), { keepGoing: true });
}

async function diffOn(run: ClusterRun, build: Builder, args: Args): Promise<ExitCode> {
  const { context } = run;
  const { terminal } = context;
  const { target, kubeVersion } = await openTarget(run.target, context);
  try {
    const bundle = await build(await loadUserBundle(args, run, target), kubeVersion);
    const diff = await diffBundle(bundle, target, {
      now: context.now,
      signal: context.signal,
      ...changesOf(args),
    });
    for (const instance of diff.unnamed) terminal.err(describeUnnamed(instance, terminal.colors, args.pruneInstances));
    for (const warning of diff.warnings) terminal.err(`${terminal.colors.yellow("warning:")} ${warning}\n`);
    if (args.output === "json") terminal.json(diff, 2);
    else {
      for (const namespace of diff.namespaces) terminal.say(`Namespace/${namespace} would be created\n`);
      for (const change of diff.changes) terminal.say(formatDiff(change.ref, change.diff, terminal.colors));
    }
    return diff.changed ? exitCode.changes : exitCode.done;
  } finally {
    await target.close();
  }
}
