import type { Argv } from "yargs";
import type { Context, ExitCode } from "../context.js";
import { outputOption, targetOptions, variableOptions } from "../options.js";

/** `sheaf list` and `sheaf eval`. */
export function generalCommands(parser: Argv, context: Context, done: (code: ExitCode) => void): Argv {
  return parser
    .command(
      ["list", "ls"],
      "List the instances on a target",
      (cmd) =>
        cmd
          .options({ ...targetOptions, ...outputOption })
          .option("bundle", { type: "string", requiresArg: true, describe: "Only the instances of this bundle" })
          .option("namespace", {
            alias: "n",
            type: "string",
            requiresArg: true,
            describe: "Only those in this namespace",
          })
          .example("$0 list", "All instances of the current cluster")
          .example("$0 list --target dir:./cluster -o json", "Those of a folder, as JSON"),
      async (args) => done(await (await import("../run/list.js")).list(context, args)),
    )
    .command(
      "eval <files..>",
      "Print the concrete value of CUE, YAML or JSON files",
      (cmd) =>
        cmd
          .positional("files", { type: "string", array: true, demandOption: true, describe: "Files, or -; unified" })
          .options(variableOptions)
          .option("expression", {
            alias: "e",
            type: "string",
            requiresArg: true,
            describe: "Path of the value to print, such as bundle.instances.flux",
          })
          .option("output", {
            alias: "o",
            choices: ["yaml", "json"] as const,
            default: "yaml" as const,
            describe: "Form of the output",
          })
          .option("show-secrets", { type: "boolean", default: false, describe: "Print runtime values instead of ***" })
          .example("$0 eval bundle.cue -e bundle.instances", "Part of a file as YAML")
          .example("$0 eval a.cue b.yaml -o json", "Two files unified, as JSON"),
      async (args) => done(await (await import("../run/eval.js")).evalFiles(context, args)),
    );
}
