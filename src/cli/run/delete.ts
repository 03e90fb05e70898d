import { deleteInstance } from "../../engine/apply/index.js";
import type { InstanceArgs } from "../build-user-instance.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import type { DeleteArgs } from "../delete-args.js";
import { openTarget } from "../open-target.js";
import { eventPrinter, tellingFailure } from "../show-events.js";

type Args = InstanceArgs & DeleteArgs;

/** `sheaf delete`: deletes one instance and everything that it owns. */
export function deleteOne(context: Context, args: Args): Promise<ExitCode> {
  return tellingFailure(context.terminal, args.output, async () => {
    const { name, dryRun } = args;
    const { target, namespace } = await openTarget(args, context);
    try {
      await deleteInstance({ name, namespace }, target, {
        now: context.now,
        signal: context.signal,
        onEvent: eventPrinter(context.terminal, { output: args.output, dryRun }),
        dryRun,
        wait: args.wait,
        timeoutMs: args.timeout,
        ...(args.runTimeout !== undefined && { runTimeoutMs: args.runTimeout }),
        deleteResources: args.deleteResources,
      });
      return exitCode.done;
    } finally {
      await target.close();
    }
  });
}
