import { applyBundle, changesObjects, type Restore } from "../engine/apply/index.js";
import type { RenderedBundle } from "../engine/plan/index.js";
import type { Target } from "../engine/target/index.js";
import { type ChangeArgs, changesOf } from "./change-options.js";
import { type Context, type ExitCode, exitCode } from "./context.js";
import { eventPrinter } from "./show-events.js";
import { warnOfSecretFiles } from "./warn-of-secret-files.js";

/** The options that say how to apply: see `applyOptions`. */
export type ApplyArgs = ChangeArgs &
  Readonly<{
    wait: boolean;
    timeout: number;
    runTimeout?: number | undefined;
    dryRun: boolean;
    diff: boolean;
    deleteResources: boolean;
    output: "table" | "json";
  }>;

/** Applies what was built, and tells of it. With `restore`, it goes back when anything fails. */
export async function applyToTarget(
  bundle: RenderedBundle,
  target: Target,
  args: ApplyArgs,
  context: Context,
  restore?: Restore,
): Promise<ExitCode> {
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
    ...(args.runTimeout !== undefined && { runTimeoutMs: args.runTimeout }),
    deleteResources: args.deleteResources,
    ...changesOf(args),
    ...(restore !== undefined && { restore }),
  });
  if (target.kind === "directory" && !dryRun) warnOfSecretFiles(bundle, context);
  return args.diff && changed ? exitCode.changes : exitCode.done;
}
