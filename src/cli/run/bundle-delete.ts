import { deleteBundle, UnknownBundleError } from "../../engine/apply/index.js";
import { bundleName, checkNameArgs, type NameArgs } from "../bundle-name.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import type { DeleteArgs } from "../delete-args.js";
import { type ClusterRun, openFleet } from "../fleet.js";
import { openTarget } from "../open-target.js";
import { eventPrinter, tellingFailure } from "../show-events.js";

type Args = NameArgs & DeleteArgs & { instanceNamespace?: string[] | undefined };

/** `sheaf bundle delete`: deletes the instances of a bundle and everything that they own. */
export function bundleDelete(context: Context, args: Args): Promise<ExitCode> {
  return tellingFailure(context.terminal, args.output, async () => {
    checkNameArgs(args, "delete");
    const fleet = await openFleet(args, context);
    let absent = 0;
    const code = await fleet.run(async (run) => {
      try {
        return await deleteFrom(run, args);
      } catch (error) {
        // A run that goes on where one stopped finds clusters that are done already.
        if (run.cluster === undefined || !(error instanceof UnknownBundleError)) throw error;
        absent++;
        run.context.terminal.err(`${error.message}\n`);
        return exitCode.done;
      }
    });
    return absent > 0 && absent === fleet.clusters.length ? exitCode.failed : code;
  });
}

async function deleteFrom(run: ClusterRun, args: Args): Promise<ExitCode> {
  const { context } = run;
  const { target } = await openTarget(run.target, context);
  try {
    const name = await bundleName(args, run, target);
    const { instances } = await deleteBundle(name, target, {
      now: context.now,
      signal: context.signal,
      onEvent: eventPrinter(context.terminal, { output: args.output, dryRun: args.dryRun }),
      dryRun: args.dryRun,
      wait: args.wait,
      timeoutMs: args.timeout,
      ...(args.runTimeout !== undefined && { runTimeoutMs: args.runTimeout }),
      deleteResources: args.deleteResources,
      ...(args.instanceNamespace !== undefined && { namespaces: args.instanceNamespace }),
    });
    if (args.output === "table") {
      const names = instances.map((instance) => instance.name).join(", ");
      context.terminal.say(`bundle ${name}: ${names} ${args.dryRun ? "would be deleted" : "deleted"}\n`);
    }
    return exitCode.done;
  } finally {
    await target.close();
  }
}
