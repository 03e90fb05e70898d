import type { Argv } from "yargs";
import type { Context, ExitCode } from "../context.js";
import {
  credsOption,
  fileOptions,
  moduleOptions,
  outputOption,
  targetOptions,
  validateOption,
  variableOptions,
  wantedVersionOption,
} from "../options.js";

/** `sheaf list`, `sheaf build` and `sheaf eval`. */
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
      "build <name> <module>",
      "Print the objects of one instance of a module",
      (cmd) =>
        cmd
          .positional("name", { type: "string", demandOption: true, describe: "Name of the instance" })
          .positional("module", { type: "string", demandOption: true, describe: "oci://… or file://… or a folder" })
          .version(false)
          .options({ version: wantedVersionOption })
          .option("namespace", {
            alias: "n",
            type: "string",
            default: "default",
            requiresArg: true,
            describe: "Namespace of the instance",
          })
          .option("values", {
            ...fileOptions.file,
            demandOption: false,
            describe: "File (CUE, YAML or JSON) with the values below a field values; several are unified",
          })
          .options({ ...variableOptions, ...moduleOptions, ...validateOption, ...credsOption })
          .example("$0 build my-app ./my-app -f values.yaml -n apps", "A module's folder with values")
          .example(
            "$0 build flux oci://ghcr.io/stefanprodan/modules/flux-aio -v 2.8.0-0",
            "A version with its defaults",
          ),
      async (args) => done(await (await import("../run/build.js")).build(context, args)),
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
