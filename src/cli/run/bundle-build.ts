import { join, resolve } from "node:path";
import { createMasker } from "../../engine/apply/index.js";
import { isSecret, type KubeObject } from "../../engine/object/index.js";
import type { RenderedBundle } from "../../engine/plan/index.js";
import { exportObjects } from "../../engine/target/directory/index.js";
import { stringifyYaml } from "../../engine/yaml/index.js";
import { type BundleArgs, loadUserBundle, openBuilder } from "../build-user-bundle.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { openFleet } from "../fleet.js";
import { UsageError } from "../usage-error.js";

type Args = BundleArgs & { maskSecrets: boolean; outputDir?: string | undefined };

/** `sheaf bundle build`: prints the objects of a bundle, or writes them into a folder; those of a cluster below its name. */
export async function bundleBuild(context: Context, args: Args): Promise<ExitCode> {
  const fleet = await openFleet(args, context);
  const { outputDir } = args;
  if (fleet.clusters.length > 1 && outputDir === undefined)
    throw new UsageError(
      "several clusters: print the objects of one with --runtime-cluster, or write all with --output-dir",
    );
  const build = await openBuilder(args, context);
  return fleet.run(async (run) => {
    const bundle = await build(await loadUserBundle(args, run));
    if (outputDir === undefined) printObjects(bundle, args, run.context);
    else await writeObjects(bundle, join(outputDir, run.cluster?.name ?? ""), run.context);
    return exitCode.done;
  });
}

function printObjects(bundle: RenderedBundle, args: Args, context: Context): void {
  const objects = bundle.instances.flatMap((instance) => instance.objects);
  const text = (shown: readonly KubeObject[]) => shown.map((object) => `---\n${stringifyYaml(object)}`).join("");
  if (args.maskSecrets) {
    const masker = createMasker(bundle.secrets);
    context.terminal.say(text(objects.flatMap((object) => masker.diff(undefined, object).after ?? [])));
  } else context.terminal.out(text(objects));
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
