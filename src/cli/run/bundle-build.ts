import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createMasker } from "../../engine/apply/index.js";
import { refOf } from "../../engine/object/index.js";
import type { RenderedBundle } from "../../engine/plan/index.js";
import { objectFileName } from "../../engine/target/directory/index.js";
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
  const masker = createMasker(bundle.secrets);
  const objects = bundle.instances.flatMap((instance) => instance.objects);
  const shown = args.maskSecrets ? objects.map((object) => masker.diff(undefined, object).after ?? object) : objects;
  context.terminal.out(shown.map((object) => `---\n${stringifyYaml(object)}`).join(""));
  return exitCode.done;
}

/** One folder per instance, one file per object, named as in a folder target; as in Timoni, nothing is masked there. */
async function writeObjects(
  { instances }: RenderedBundle,
  outputDir: string,
  { terminal, cwd }: Context,
): Promise<void> {
  for (const { name, namespace, objects } of instances) {
    const folder = resolve(cwd, outputDir, name);
    await mkdir(folder, { recursive: true });
    for (const object of objects) {
      const mode = object.kind === "Secret" ? 0o600 : 0o644;
      await writeFile(join(folder, objectFileName(refOf(object), namespace)), stringifyYaml(object), { mode });
    }
    terminal.err(`${name}: ${objects.length} objects written to ${join(outputDir, name)}\n`);
  }
}
