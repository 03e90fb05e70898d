import { toJson } from "../../engine/json/index.js";
import { stringifyYaml } from "../../engine/yaml/index.js";
import { type BundleArgs, buildUserBundle, loadUserBundle } from "../build-user-bundle.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { counted } from "../counted.js";

/** `sheaf bundle vet`: checks a bundle without a target. */
export async function bundleVet(context: Context, args: BundleArgs & { printValue: boolean }): Promise<ExitCode> {
  const bundle = await loadUserBundle(args, context);
  const { instances } = await buildUserBundle(args, context, undefined, bundle);
  if (args.printValue) context.terminal.say(stringifyYaml({ bundle: toJson(bundle.located, "***") }));
  else {
    const objects = instances.reduce((sum, instance) => sum + instance.objects.length, 0);
    context.terminal.say(
      `bundle ${bundle.name} is valid: ${counted(instances.length, "instance")}, ${counted(objects, "object")}\n`,
    );
  }
  return exitCode.done;
}
