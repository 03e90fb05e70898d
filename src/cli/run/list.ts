import { listInstances } from "../../engine/apply/index.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { reportError } from "../report-error.js";
import { formatTable } from "../show-table.js";

type Args = TargetArgs & {
  bundle?: string | undefined;
  namespace?: string | undefined;
  output: "table" | "json";
};

/** `sheaf list`: the instances that a target has. */
export async function list(context: Context, args: Args): Promise<ExitCode> {
  const { terminal } = context;
  const { target } = await openTarget(args, context);
  try {
    const query = {
      ...(args.bundle !== undefined && { bundle: args.bundle }),
      ...(args.namespace !== undefined && { namespace: args.namespace }),
    };
    const { instances, faults, warnings } = await listInstances(target, query, context.signal);
    if (args.output === "json") terminal.json(instances, 2);
    else if (instances.length === 0 && faults.length === 0) terminal.err(`no instances on ${target.description}\n`);
    else {
      const rows = instances.map(({ name, namespace, module, bundle = "-", state, lastTransitionTime }) => [
        name,
        namespace,
        module.name,
        module.version,
        bundle,
        state,
        lastTransitionTime,
      ]);
      terminal.say(formatTable(["NAME", "NAMESPACE", "MODULE", "VERSION", "BUNDLE", "STATE", "SINCE"], rows));
    }
    for (const warning of warnings) terminal.err(`${terminal.colors.yellow("warning:")} ${warning}\n`);
    for (const fault of faults) reportError(fault, context);
    return faults.length > 0 ? exitCode.failed : exitCode.done;
  } finally {
    await target.close();
  }
}
