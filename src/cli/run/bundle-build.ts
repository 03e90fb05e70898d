import { join, resolve } from "node:path";
import { createMasker } from "../../engine/apply/index.js";
import type { KubeObject } from "../../engine/object/index.js";
import { isSecret, type RenderedBundle } from "../../engine/plan/index.js";
import { exportObjects } from "../../engine/target/directory/index.js";
import { stringifyYaml } from "../../engine/yaml/index.js";
import { type BundleArgs, buildUserBundle } from "../build-user-bundle.js";
import { type Context, type ExitCode, exitCode } from "../context.js";

type Args = BundleArgs & { maskSecrets: boolean; outputDir?: string | undefined };

/** `sheaf bundle build`: prints the objects of a bundle, or writes them into a folder. */
export async function bundleBuild(context: Context, args: Args): Promise<ExitCode> {
  const bundle = await buildUserBundle(args, context);
  if (args.outputDir !== undefined) {
    await writeObjects(bundle, args.outputDir, context);
    return exitCode.done;
  }
  const objects = bundle.instances.flatMap((instance) => instance.objects);
  const text = (shown: readonly KubeObject[]) => shown.map((object) => `---\n${stringifyYaml(object)}`).join("");
  if (args.maskSecrets) {
    const masker = createMasker(bundle.secrets);
    context.terminal.say(text(objects.flatMap((object) => masker.diff(undefined, object).after ?? [])));
  } else context.terminal.out(text(objects));
  return exitCode.done;
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
