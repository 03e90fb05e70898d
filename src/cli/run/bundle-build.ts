import { join, resolve } from "node:path";
import { createMasker } from "../../engine/apply/index.js";
import { isSecret } from "../../engine/object/index.js";
import type { RenderedBundle } from "../../engine/plan/index.js";
import { exportObjects } from "../../engine/target/directory/index.js";
import { type BundleArgs, loadUserBundle, openBuilder } from "../build-user-bundle.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openFleet } from "../fleet.js";
import { type PrintArgs, printObjects } from "../print-objects.js";
import { UsageError } from "../usage-error.js";

type Args = Omit<BundleArgs, "output"> & PrintArgs & { outputDir?: string | undefined };

/** `sheaf bundle build`: prints the objects of a bundle, or writes them into a folder; those of a cluster below its name. */
export async function bundleBuild(context: Context, args: Args): Promise<ExitCode> {
  const { output, maskSecrets, outputDir, ...bundleArgs } = args;
  const fleet = await openFleet(bundleArgs, context);
  if (fleet.clusters.length > 1 && outputDir === undefined)
    throw new UsageError(
      "several clusters: print the objects of one with --runtime-cluster, or write all with --output-dir",
    );
  if (output === "json" && outputDir !== undefined)
    throw new UsageError("--output-dir writes YAML files: leave --output json out");
  const build = await openBuilder(bundleArgs, context);
  return fleet.run(async (run) => {
    const bundle = await build(await loadUserBundle(bundleArgs, run));
    if (outputDir === undefined) printObjects(bundle, { output, maskSecrets }, context);
    else await writeObjects(bundle, join(outputDir, run.cluster?.name ?? ""), run.context);
    return exitCode.done;
  });
}

/** One folder per instance, one file per object; as in Timoni, nothing is masked there. */
async function writeObjects(
  { instances, secrets }: RenderedBundle,
  outputDir: string,
  { terminal, cwd }: Context,
): Promise<void> {
  const { holdsSecret } = createMasker(secrets);
  await exportObjects(resolve(cwd, outputDir), instances, (object) => isSecret(object) || holdsSecret(object));
  for (const { name, objects } of instances)
    terminal.err(`${name}: ${objects.length} objects written to ${join(outputDir, name)}\n`);
}
