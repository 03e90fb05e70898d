import { type BuildArgs, buildUserInstance } from "../build-user-instance.js";
import { type Context, type ExitCode, exitCode } from "../context.js";
import { type PrintArgs, printObjects } from "../print-objects.js";

/** `sheaf build`: prints the objects of one instance of a module. */
export async function build(context: Context, args: BuildArgs & PrintArgs): Promise<ExitCode> {
  printObjects(await buildUserInstance(args, context), args, context);
  return exitCode.done;
}
