import { type ApplyArgs, applyToTarget } from "../apply-to-target.js";
import { type BuildArgs, buildUserInstance } from "../build-user-instance.js";
import type { Context, ExitCode } from "../context.js";
import { openRestorer } from "../open-restorer.js";
import { openTarget, type TargetArgs } from "../open-target.js";
import { tellingFailure } from "../show-events.js";

/** `sheaf apply`: installs or upgrades one instance of a module, outside of a bundle. */
export function apply(
  context: Context,
  args: BuildArgs & TargetArgs & ApplyArgs & { atomic: boolean },
): Promise<ExitCode> {
  return tellingFailure(context.terminal, args.output, async () => {
    const { target, namespace, kubeVersion } = await openTarget(args, context);
    try {
      const instance = await buildUserInstance({ ...args, namespace }, context, kubeVersion);
      const restorer = args.atomic ? await openRestorer(args, context) : undefined;
      return await applyToTarget(instance, target, args, context, restorer?.(instance, kubeVersion));
    } finally {
      await target.close();
    }
  });
}
