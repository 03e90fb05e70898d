import type { Argv } from "yargs";
import type { Context, ExitCode } from "../context.js";
import { documentOption, outputOption } from "../options/output.js";
import { variableOptions } from "../options/sources.js";
import { targetOptions } from "../options/target.js";

/** Files to read; standard input comes by the name that `runCommand` gives it. */
const filesPositional = {
  type: "string",
  array: true,
  demandOption: true,
  coerce: (files: string[]) => files.map((file) => (file === "/dev/stdin" ? "-" : file)),
} as const;

/** `sheaf list`, `version`, `eval` and `fmt`. */
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
          .option("all-namespaces", {
            alias: "A",
            type: "boolean",
            conflicts: "namespace",
            describe: "Those in all namespaces, as without --namespace",
          })
          .example("$0 list", "All instances of the current cluster")
          .example("$0 list --target dir:./cluster -o json", "Those of a folder, as JSON"),
      async (args) => done(await (await import("../run/list.js")).list(context, args)),
    )
    .command(
      "version",
      "Show the versions of sheaf and of what it reads and writes",
      (cmd) => cmd.version(false).options(documentOption).example("$0 version -o json", "For scripts"),
      async (args) => done((await import("../run/show-version.js")).showVersion(context, args)),
    )
    .command(
      "eval <files..>",
      "Print the concrete value of CUE, YAML or JSON files",
      (cmd) =>
        cmd
          .positional("files", { ...filesPositional, describe: "Files, or -; unified" })
          .options(variableOptions)
          .option("expression", {
            alias: "e",
            type: "string",
            requiresArg: true,
            describe: "What to print: a path such as bundle.instances.my-app, or an expression of CUE",
          })
          .option("output", {
            alias: "o",
            choices: ["yaml", "json", "cue"] as const,
            default: "yaml" as const,
            describe: "Form of the output",
          })
          .option("show-secrets", { type: "boolean", default: false, describe: "Print runtime values instead of ***" })
          .example("$0 eval bundle.cue -e bundle.instances", "Part of a file as YAML")
          .example("$0 eval a.cue b.yaml -o json", "Two files unified, as JSON")
          .example("$0 eval bundle.cue -e 'len(bundle.instances)'", "What an expression comes to"),
      async (args) => done(await (await import("../run/eval.js")).evalFiles(context, args)),
    )
    .command(
      "fmt [files..]",
      "Format CUE files as cue fmt does",
      (cmd) =>
        cmd
          .positional("files", {
            ...filesPositional,
            demandOption: false,
            default: ["."],
            describe: "Files, folders with all that is below, or - to print",
          })
          .option("diff", {
            alias: "d",
            type: "boolean",
            default: false,
            describe: "Show what would change, and write nothing",
          })
          .option("check", {
            type: "boolean",
            default: false,
            describe: "Name the files that are not formatted, write nothing, and fail where there are some",
          })
          .example("$0 fmt bundle.cue", "Format a file in place")
          .example("$0 fmt", "All in and below this folder")
          .example("$0 fmt - < bundle.cue", "Print it formatted")
          .example("$0 fmt --check *.cue", "In CI: fail where a file is not formatted"),
      async (args) => done(await (await import("../run/fmt.js")).formatFiles(context, args)),
    );
}
