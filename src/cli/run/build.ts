import { stringifyYaml } from "../../engine/yaml/index.js";
import { type BuildArgs, buildUserInstance } from "../build-user-instance.js";
import { type Context, type ExitCode, exitCode } from "../context.js";

/** `sheaf build`: prints the objects of one instance of a module. */
export async function build(context: Context, args: BuildArgs): Promise<ExitCode> {
  const { instances } = await buildUserInstance(args, context);
  const objects = instances.flatMap((instance) => instance.objects);
  context.terminal.out(objects.map((object) => `---\n${stringifyYaml(object)}`).join(""));
  return exitCode.done;
}
