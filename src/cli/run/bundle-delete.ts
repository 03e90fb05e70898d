import { deleteBundle } from "../../engine/apply/index.js";
import { bundleName, type NameArgs } from "../bundle-name.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { eventPrinter, tellingFailure } from "../show-events.js";

type Args = NameArgs &
  TargetArgs & {
    instanceNamespace?: string[] | undefined;
    wait: boolean;
    timeout: number;
    dryRun: boolean;
    deleteResources: boolean;
    output: "table" | "json";
  };

/** `sheaf bundle delete`: deletes the instances of a bundle and everything that they own. */
export function bundleDelete(context: Context, args: Args): Promise<ExitCode> {
  return tellingFailure(context.terminal, args.output, () => run(context, args));
}

async function run(context: Context, args: Args): Promise<ExitCode> {
  const name = await bundleName(args, "delete", context);
  const { target } = await openTarget(args, context);
  try {
    const { instances } = await deleteBundle(name, target, {
      now: context.now,
      signal: context.signal,
      onEvent: eventPrinter(context.terminal, { output: args.output, dryRun: args.dryRun }),
      dryRun: args.dryRun,
      wait: args.wait,
      timeoutMs: args.timeout,
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
