import { bundleStatus as readStatus } from "../../engine/apply/index.js";
import { bundleName, checkNameArgs, type NameArgs } from "../bundle-name.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { type ClusterRun, openFleet } from "../fleet.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { reportError } from "../report-error.js";
import { showStatus, tellBroken } from "../show-status.js";

type Args = NameArgs & TargetArgs & { instanceNamespace?: string[] | undefined; output: "table" | "json" };

/** `sheaf bundle status`: the instances of a bundle and the state of their objects; exit code 1 where one is absent or has failed. */
export async function bundleStatus(context: Context, args: Args): Promise<ExitCode> {
  checkNameArgs(args, "status");
  const fleet = await openFleet(args, context);
  return fleet.run((run) => statusOn(run, args), { keepGoing: true });
}

async function statusOn(run: ClusterRun, args: Args): Promise<ExitCode> {
  const { context } = run;
  const { terminal } = context;
  const { target } = await openTarget(run.target, context);
  try {
    const name = await bundleName(args, run, target);
    const { instances, faults, warnings } = await readStatus(name, target, context.signal, args.instanceNamespace);
    if (args.output === "json") terminal.json({ bundle: name, instances }, 2);
    else {
      for (const instance of instances) showStatus(instance, terminal);
    }
    for (const warning of warnings) terminal.err(`${terminal.colors.yellow("warning:")} ${warning}\n`);
    for (const fault of faults) reportError(fault, context);
    const isWhole = tellBroken(instances, terminal);
    return faults.length > 0 || !isWhole ? exitCode.failed : exitCode.done;
  } finally {
    await target.close();
  }
}
