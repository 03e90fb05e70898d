import { bundleStatus as readStatus } from "../../engine/apply/index.js";
import { formatRef } from "../../engine/object/index.js";
import type { ReadyState } from "../../engine/target/index.js";
import { bundleName, checkNameArgs, type NameArgs } from "../bundle-name.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { counted } from "../counted.js";
import { type ClusterRun, openFleet } from "../fleet.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { reportError } from "../report-error.js";
import { formatTable } from "../show-table.js";
import { visibleLine } from "../visible.js";

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
      for (const { name: instance, namespace, module, state, lastTransitionTime, entries } of instances) {
        const heading = `${terminal.colors.bold(instance)} in ${namespace}: ${visibleLine(`${module.name} ${module.version}`)}`;
        terminal.say(`${heading}, ${state} since ${lastTransitionTime}\n`);
        const rows = entries.map(({ ref, state }) => [`  ${formatRef(ref)}`, state.state, state.message]);
        terminal.say(formatTable(["  OBJECT", "STATE", "MESSAGE"], rows));
      }
    }
    for (const warning of warnings) terminal.err(`${terminal.colors.yellow("warning:")} ${warning}\n`);
    for (const fault of faults) reportError(fault, context);
    const missing = instances.flatMap(({ entries }) => entries).filter(({ state }) => isBroken(state.state)).length;
    if (missing > 0) terminal.err(`${counted(missing, "object")} ${missing === 1 ? "is" : "are"} absent or failed\n`);
    return faults.length > 0 || missing > 0 ? exitCode.failed : exitCode.done;
  } finally {
    await target.close();
  }
}

/** Whether an object needs somebody; one that is still on its way does not. */
function isBroken(state: ReadyState["state"]): boolean {
  return state === "absent" || state === "failed";
}
