import type { Argv } from "yargs";
import type { Context, ExitCode } from "../context.js";
import { fileOptions, parallelOption, runtimeOptions } from "../options/sources.js";
import { kubeOptions } from "../options/target.js";

/** `sheaf runtime …`. */
export function runtimeCommands(parser: Argv, context: Context, done: (code: ExitCode) => void): Argv {
  return parser.command("runtime", "Show what runtime files come to", (runtime) =>
    runtime.demandCommand(1, "Name what to do, for example: sheaf runtime build -f runtime.cue").command(
      "build",
      "Print the values that are read from every cluster",
      (cmd) =>
        cmd
          .option("file", {
            ...fileOptions.file,
            describe: "Runtime file (CUE, YAML or JSON), - for standard input; several are unified",
          })
          .option("cluster", { ...runtimeOptions["runtime-cluster"], alias: "runtime-cluster" })
          .option("workdir", runtimeOptions.workdir)
          .option("cluster-group", { ...runtimeOptions["runtime-group"], alias: "runtime-group" })
          .options({ ...parallelOption, ...kubeOptions })
          .option("show-secrets", { type: "boolean", default: false, describe: "Print the values instead of ***" })
          .option("output", {
            alias: "o",
            choices: ["yaml", "json"] as const,
            default: "yaml" as const,
            describe: "Form of the output",
          })
          .example("$0 runtime build -f runtime.cue", "Check that every cluster answers and has the values")
          .example("$0 runtime build -f runtime.cue --cluster prod-eu-1 --show-secrets", "Show those of one cluster"),
      async (args) => done(await (await import("../run/runtime-build.js")).runtimeBuild(context, args)),
    ),
  );
}
