import { instanceStatus } from "../../engine/apply/index.js";
import type { InstanceArgs } from "../build-user-instance.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { showStatus, tellBroken } from "../show-status.js";

/** `sheaf status`: one instance and the state of its objects; exit code 1 where one is absent or has failed. */
export async function status(
  context: Context,
  args: InstanceArgs & TargetArgs & { output: "table" | "json" },
): Promise<ExitCode> {
  const { name, output } = args;
  const { target, namespace } = await openTarget(args, context);
  try {
    const found = await instanceStatus({ name, namespace }, target, context.signal);
    if (output === "json") context.terminal.json(found, 2);
    else showStatus(found, context.terminal);
    return tellBroken([found], context.terminal) ? exitCode.done : exitCode.failed;
  } finally {
    await target.close();
  }
}
